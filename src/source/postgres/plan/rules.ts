import type { ColumnPart, Exactness, LogicalType } from '../../../core/types.js';

/**
 * How a column stands in the select list. `binary`: as it is, and its binary form is decoded. `sent`: its binary form as bytes, made by
 * the type's own function, where a road brings text. `output`: the text of the type's output function, which is what psql shows; a cast
 * to text says other things for bool, inet, bpchar, xml, …
 */
export type Reading = 'binary' | 'sent' | 'output';

export interface TypeRule {
  readonly type: LogicalType;
  /** Key of the decoder: agreed with `decode/`. */
  readonly wire: string;
  readonly parts?: readonly ColumnPart[];
  readonly exactness: Exactness;
  readonly reading: 'binary' | 'output';
  readonly note?: string;
  /** The `--cast` by which values that are kept as text become numbers. */
  readonly castTo?: string;
}

export const exact = (type: LogicalType, wire: string, note?: string): TypeRule => ({
  type,
  wire,
  exactness: 'exact',
  reading: 'binary',
  ...(note !== undefined && { note }),
});

/** Another type, which holds every value. */
export const widened = (type: LogicalType, wire: string, note: string): TypeRule => ({
  ...exact(type, wire, note),
  exactness: 'widened',
});

export const text: LogicalType = { kind: 'text' };

export const structOf = (parts: readonly ColumnPart[]): LogicalType => ({
  kind: 'struct',
  fields: parts.map(({ name, type }) => ({ name, type })),
});

/** A part of a type that has the same parts always. */
export const builtIn = (name: string, sourceType: string, type: LogicalType, wire: string): ColumnPart => ({
  ...{ name, sourceType, type, wire },
});
