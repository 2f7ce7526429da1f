import { TidemarkError } from './errors.js';

/** A value that its column cannot hold. The lane adds where the row is before the error leaves it. */
export class MisfitError extends TidemarkError {
  /** Index of the column. */
  readonly column: number;
  /** The row's ordinal within the row group, from 0. */
  readonly row: number;

  constructor(
    { column, row }: { readonly column: number; readonly row: number },
    code: 'data.misfit' | 'data.encoding',
    message: string,
    hint: string,
  ) {
    super(code, message, { hint });
    this.column = column;
    this.row = row;
  }

  /** The same of a row that is counted otherwise. */
  at(row: number): MisfitError {
    const code = this.code === 'data.encoding' ? 'data.encoding' : 'data.misfit';
    return new MisfitError({ column: this.column, row }, code, this.message, this.hint ?? '');
  }
}
