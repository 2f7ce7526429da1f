import { castNote } from '../../../core/option-name.js';
import { redactionOf } from '../../../core/secret-columns.js';
import type { Parameter, TableRequest } from '../../../core/source-request.js';
import type { Column } from '../../../core/types.js';
import type { ColumnFacts } from '../../postgres-protocol/describe.js';
import { castRule } from './casts.js';
import { ruleOf, typeText } from './type-rule.js';

/** The columns of a table or query as they are read and written. @throws request.invalid for casts */
export function columnsOf(
  facts: readonly ColumnFacts[],
  { request: { casts, redacted }, secrets }: { readonly request: TableRequest; readonly secrets: readonly Parameter[] },
): readonly Column[] {
  return facts.map((column): Column => {
    const { name } = column;
    const cast = Object.hasOwn(casts, name) ? casts[name] : undefined;
    const { type, wire, exactness, note } = cast === undefined ? ruleOf(column) : castRule(cast, column);
    return {
      ...{ name, sourceType: typeText(column), type, wire, exactness },
      ...(note !== undefined && {
        note: note.replaceAll(/--cast col=(\w+(?:\([^)]+\))?)/g, (_, to: string) => castNote(name, to)),
      }),
      ...(cast !== undefined && { cast }),
      ...redactionOf(type, { redacted: redacted.includes(name), secrets }),
    };
  });
}

/** A column that is read for a later run, and not written. */
export const overlapColumn = (name: string): Column => ({
  ...{ name, sourceType: 'integer', type: { kind: 'int', bits: 16 }, wire: 'integer', exactness: 'exact' },
  ...{ redacted: true, hidden: true, overlap: true },
});

/** As a row's frame has it: a length of four bytes, and one digit. */
const overlapBytes = 5;

/**
 * What such a column takes of each row's frame. Whether it is read depends on what other versions there are, and must move no cut between row groups.
 */
export const bytesForLaterRuns = (columns: readonly Column[]): number =>
  columns.some(({ overlap }) => overlap === true) ? overlapBytes : 0;
