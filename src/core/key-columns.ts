import { castToOneForm, type Column } from './types.js';

/** Kinds of values that a key may have: those of which two that are the same are the same everywhere. */
const kinds: readonly Column['type']['kind'][] = [
  'bool',
  'int',
  'decimal',
  'text',
  'uuid',
  'date',
  'time',
  'timestamp',
  'binary',
];

/** Why a column's values are no key, and what to do; undefined: they can be one. */
export function keyFault({
  name,
  type,
  manyTexts,
}: Pick<Column, 'name' | 'type' | 'manyTexts'>): { readonly why: string; readonly hint: string } | undefined {
  if (manyTexts) return { why: 'equal values may have different texts', hint: castToOneForm(name) };
  if (kinds.includes(type.kind)) return undefined;
  return type.kind === 'float'
    ? {
        why: 'the same number can come out as two',
        hint: `Cast it in the query: CAST(${name} AS DECIMAL(20,2)), or choose another key.`,
      }
    : { why: 'only single values can', hint: 'Choose another key.' };
}
