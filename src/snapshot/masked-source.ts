import { TidemarkError } from '../core/errors.js';
import { missingColumn } from '../core/missing-column.js';
import type { OpenSource, TablePlan } from '../core/source.js';
import { type Column, type Mask, typeName } from '../core/types.js';
import { canBeHashed } from '../mask/hashed-texts.js';
import { splitColumns } from '../partition/split.js';
import type { Plan } from './plan.js';
import { withTables } from './with-tables.js';

/**
 * The source with the masks of the plan at its columns. Nothing of a masked column's values is told, as if it were redacted.
 * @throws request.invalid for a column that is in no table, or cannot be masked so
 */
export function maskedSource(source: OpenSource, { masks, split }: Pick<Plan, 'masks' | 'split'>): OpenSource {
  const names = Object.keys(masks.columns);
  if (names.length === 0) return source;
  const all = source.tables.flatMap(({ columns }) => columns);
  for (const name of names) {
    if (!all.some((column) => column.name === name)) throw missingColumn('mask', name, source.tables);
  }
  const [key] = (split ? splitColumns(split) : []).filter((name) => masks.columns[name] !== undefined);
  if (key !== undefined && masks.columns[key] !== 'hash') {
    throw new TidemarkError('request.invalid', `mask: ${key} decides the split, and can be masked by hash alone`, {
      hint: `Give --mask ${key}=hash: the split is by the value itself, and one entity stays one.`,
    });
  }
  return withTables(
    source,
    source.tables.map((table) => maskedTable(table, masks.columns)),
  );
}

function maskedTable(table: TablePlan, masks: Plan['masks']['columns']): TablePlan {
  const columns = table.columns.map((column): Column => {
    const mask = Object.hasOwn(masks, column.name) ? masks[column.name] : undefined;
    if (mask === undefined || column.hidden) return column;
    assertPossible(column, mask);
    return { ...column, mask, redacted: true, redactedBecause: 'it is masked' };
  });
  return { ...table, columns };
}

function assertPossible({ name, sourceType, type, manyTexts }: Column, mask: Mask): void {
  if (mask === 'hash' && manyTexts) {
    throw new TidemarkError(
      'request.invalid',
      `mask: ${name}=hash: equal values of ${sourceType} may have different texts`,
      {
        hint: `Cast it to a type that has one form for each value: --cast '${name}=decimal(20,2)' where it is numeric, otherwise in the query.`,
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
