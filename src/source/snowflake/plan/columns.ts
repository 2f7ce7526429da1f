import { castNote } from '../../../core/option-name.js';
import { redactionOf } from '../../../core/secret-columns.js';
import type { Parameter, TableRequest } from '../../../core/source-request.js';
import type { Column } from '../../../core/types.js';
import { type SnowflakeField, typeText } from '../connection/field.js';
import { castRule, ruleOf } from './type-rule.js';

/** What decides about columns beside their fields. */
export interface ColumnsAround {
  readonly request: TableRequest;
  /** Secret parameters of the query. */
  readonly secrets: readonly Parameter[];
  /** The field that marks rows where versions overlap; undefined: none does. */
  readonly overlapName: string | undefined;
}

/** The columns of a table or query as they are read and written. @throws request.invalid; source.unsupported */
export function columnsOf(
  fields: readonly SnowflakeField[],
  { request: { casts, redacted }, secrets, overlapName }: ColumnsAround,
): readonly Column[] {
  return fields.map((field): Column => {
    const { name } = field;
    if (name === overlapName) return overlapColumn(name);
    const cast = Object.hasOwn(casts, name) ? casts[name] : undefined;
    const { type, wire, exactness, note, parts } = cast === undefined ? ruleOf(field) : castRule(cast, field);
    return {
      ...{ name, sourceType: typeText(field), type, wire, exactness },
      ...(parts && { parts }),
      ...(note !== undefined && {
        note: note.replaceAll(/--cast col=(\w+(?:\[[^\]]+\])?)/g, (_, to: string) => castNote(name, to)),
      }),
      ...(cast !== undefined && { cast }),
      ...redactionOf(type, { redacted: redacted.includes(name), secrets }),
    };
  });
}

/** A column that is read for a later run, and not written. */
const overlapColumn = (name: string): Column => ({
  ...{ name, sourceType: 'NUMBER', type: { kind: 'int', bits: 16 }, wire: 'mark', exactness: 'exact' },
  ...{ redacted: true, hidden: true, overlap: true },
});
