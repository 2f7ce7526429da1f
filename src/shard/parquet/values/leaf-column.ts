import { TidemarkError } from '../../../core/errors.js';
import type { Bitmap } from '../../../core/arrow/bitmap.js';
import type { Leaf } from '../schema/schema.js';
import type { Values } from './values.js';

/**
 * How a column's slots (values, NULLs and empty lists) are laid out. `present`: nothing is NULL. `bitmap`: a flat column
 * with NULLs. `dremel`: one definition level per slot and, inside lists, one repetition level.
 */
export type Levels =
  | { readonly form: 'present' }
  | { readonly form: 'bitmap'; readonly present: Bitmap }
  | { readonly form: 'dremel'; readonly definition: Int32Array; readonly repetition: Int32Array | undefined };

/** A row group's part of one leaf column: what a column chunk is made from. */
export interface LeafColumn {
  readonly leaf: Leaf;
  readonly rows: number;
  readonly slots: number;
  readonly levels: Levels;
  readonly values: Values;
}

export function unexpectedNull(column: string): TidemarkError {
  return new TidemarkError('data.misfit', `column "${column}" is declared without NULLs but has one`, {
    hint: 'Declare the column nullable.',
  });
}
