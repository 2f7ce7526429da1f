import { closest } from 'fastest-levenshtein';
import { inLine } from '../core/in-line.js';
import { TidemarkError } from '../core/errors.js';
import { classKinds } from '../core/arrow/class-counts.js';
import { keyFault } from '../core/key-columns.js';
import { missingColumn } from '../core/missing-column.js';
import { type Column, typeName } from '../core/types.js';
import { checkStrata } from './exact/check-strata.js';
import { momentParts } from '../core/moment.js';
import { type Split, splitColumns, type TimeSplit } from './split.js';

/** A table as far as a split must know it. */
interface Splittable {
  readonly name: string;
  readonly columns: readonly Column[];
}

const told: readonly Column['type']['kind'][] = ['bool', 'int', 'text'];
const temporal: readonly Column['type']['kind'][] = ['date', 'timestamp'];

/** @throws request.invalid where a table lacks a column that decides, or has one that cannot */
export function checkSplit(split: Split, table: Splittable): void {
  for (const name of splitColumns(split)) {
    const column = table.columns.find((one) => one.name === name);
    if (column === undefined) throw missing(split, name, table);
    checkKind(split, column);
    if (split.by === 'time') checkCuts(split, column);
  }
  if (split.by === 'hash' && split.exact) checkStrata(split.exact.strata, table);
}

/** @throws request.invalid where a table lacks a column of an entity's key, or has one that cannot be in it */
export function checkKey(key: readonly string[], table: Splittable): void {
  checkSplit({ by: 'hash', key, salt: '', parts: [], nullKeys: 'fail' }, table);
}

const option = { hash: 'split-key', time: 'split-time', column: 'split-by' } as const;

/** @throws request.invalid where no table has the column of classes, or one has it of another kind or does not tell its values */
export function checkLabel(label: string, tables: readonly Splittable[]): void {
  const columns = tables.flatMap((table) => table.columns.filter(({ name }) => name === label));
  if (columns.length === 0) throw missingColumn('split-label', label, tables);
  for (const { sourceType, type, redacted } of columns) {
    const what = `split-label: column "${inLine(label)}" (${sourceType}, written as ${typeName(type)})`;
    if (redacted) {
      throw new TidemarkError('request.invalid', `${what} is masked or redacted, so its values are not told`, {
        hint: 'Leave --split-label out, or the mask.',
      });
    }
    if (classKinds.includes(type.kind)) continue;
    throw new TidemarkError('request.invalid', `${what} is no column of classes`, {
      hint: 'Choose one of booleans, whole numbers or texts.',
    });
  }
}

/** What may not be meant: keys that are no texts in the source, and are hashed as such. */
export function splitCautions(
  works: readonly { readonly split: Split | undefined }[],
  tables: readonly Splittable[],
): readonly string[] {
  return tables.flatMap(({ name: table, columns }, index) => {
    const split = works[index]!.split;
    if (split?.by !== 'hash') return [];
    return columns
      .filter(({ name, type, exactness }) => split.key.includes(name) && type.kind === 'text' && exactness !== 'exact')
      .map(
        ({ name, sourceType }) =>
          `split-key: ${table} has "${name}" (${sourceType}) as text, so it is split as a text: where another table has it in ` +
          'another type, the same entity may be in another part. Give both the same type in a query',
      );
  });
}

function missing({ by }: Split, name: string, { name: table, columns }: Splittable): TidemarkError {
  const names = columns.map((column) => column.name);
  const nearest = names.length === 0 ? '' : ` Did you mean "${closest(name, names)}"?`;
  return new TidemarkError('request.invalid', `${option[by]}: ${table} has no column "${inLine(name)}".${nearest}`, {
    hint: `Its columns: ${names.join(', ')}.`,
  });
}

function checkKind({ by }: Split, column: Column): void {
  const { name, sourceType, type } = column;
  const what = `${option[by]}: column "${inLine(name)}" (${sourceType}, written as ${typeName(type)})`;
  if (by === 'hash') {
    const fault = keyFault(column);
    if (fault === undefined) return;
    throw new TidemarkError('request.invalid', `${what} cannot be a key: ${fault.why}`, { hint: fault.hint });
  }
  if ((by === 'time' ? temporal : told).includes(type.kind)) return;
  const expected = by === 'time' ? 'a date or a timestamp' : 'a text, a whole number or a boolean';
  throw new TidemarkError('request.invalid', `${what} is not ${expected}`, { hint: 'Choose another column.' });
}

function checkCuts({ cuts }: TimeSplit, { name, sourceType, type }: Column): void {
  for (const cut of cuts) {
    const parts = momentParts(cut)!;
    const wrong =
      type.kind === 'date' && parts.time
        ? 'has a time of day, and a date has none'
        : type.kind === 'timestamp' && !type.utc && parts.zone
          ? 'has a zone, and the column has none'
          : undefined;
    if (wrong === undefined) continue;
    throw new TidemarkError(
      'request.invalid',
      `split-time: ${cut} ${wrong} (column "${inLine(name)}", ${sourceType})`,
      {
        hint: 'Write it as the column has it: 2024-01-31, 2024-01-31T12:00:00, or with Z for UTC.',
      },
    );
  }
}
