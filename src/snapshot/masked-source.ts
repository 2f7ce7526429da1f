import { columnFlag } from '../core/option-name.js';
import { TidemarkError } from '../core/errors.js';
import { missingColumn } from '../core/missing-column.js';
import type { OpenSource, TablePlan } from '../core/source.js';
import { castToOneForm, type Column, type Mask, typeName } from '../core/types.js';
import { canBeHashed } from '../mask/hashed-texts.js';
import { splitColumns } from '../partition/split.js';
import type { Plan, TableWork } from './plan.js';
import { withTables } from './with-tables.js';

/**
 * The source with the masks of the plan at its columns. Nothing of a masked column's values is told, as if it were redacted.
 * @throws request.invalid for a column that is in no table, or cannot be masked so
 */
export function maskedSource(source: OpenSource, { masks, tables }: Pick<Plan, 'masks' | 'tables'>): OpenSource {
  const all = source.tables.flatMap(({ columns }) => columns);
  for (const name of Object.keys(masks.columns)) {
    if (!all.some((column) => column.name === name)) throw missingColumn('mask', name, source.tables);
  }
  for (const [index, { named }] of tables.entries()) assertNamed(named, source.tables[index]!);
  if (tables.every((work) => Object.keys(work.masks).length === 0)) return source;
  return withTables(
    source,
    source.tables.map((table, index) => maskedTable(table, tables[index]!)),
  );
}

function assertNamed(named: readonly string[], table: TablePlan): void {
  const missing = named.find((name) => !table.columns.some((column) => column.name === name));
  if (missing !== undefined) throw missingColumn(`tables: ${table.name}`, missing, [table]);
}

function maskedTable(table: TablePlan, { masks, split, sample }: TableWork): TablePlan {
  const deciding = [...(split ? splitColumns(split) : []), ...(sample?.key ?? [])];
  const columns = table.columns.map((column): Column => {
    const mask = Object.hasOwn(masks, column.name) ? masks[column.name] : undefined;
    if (mask === undefined || column.hidden) return column;
    assertPossible(column, mask);
    if (mask !== 'hash' && deciding.includes(column.name)) throw decides(column);
    return { ...column, mask, redacted: true, redactedBecause: 'it is masked' };
  });
  return { ...table, columns };
}

function decides({ name }: Column): TidemarkError {
  return new TidemarkError('request.invalid', `mask: ${name} decides the split, and can be masked by hash alone`, {
    hint: `Give ${columnFlag('mask', name, 'hash')}: the split is by the value itself, and one entity stays one.`,
  });
}

function assertPossible({ name, sourceType, type, manyTexts }: Column, mask: Mask): void {
  if (mask === 'hash' && manyTexts) {
    throw new TidemarkError(
      'request.invalid',
      `mask: ${name}=hash: equal values of ${sourceType} may have different texts`,
      {
        hint: castToOneForm(name),
      },
    );
  }
  const dated = type.kind === 'date' || type.kind === 'timestamp';
  const possible = mask === 'hash' ? canBeHashed(type) : mask !== 'year' || dated;
  if (possible) return;
  const allowed = ['redact', 'null', ...(canBeHashed(type) ? ['hash'] : []), ...(dated ? ['year'] : [])];
  throw new TidemarkError(
    'request.invalid',
    `mask: ${name}=${mask} is not possible for ${sourceType} (${typeName(type)})`,
    {
      hint: `Allowed: ${allowed.join(', ')}.`,
    },
  );
}
