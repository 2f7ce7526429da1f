import { closest } from 'fastest-levenshtein';
import { inLine } from '../core/in-line.js';
import { TidemarkError } from '../core/errors.js';
import type { Column } from '../core/types.js';
import type { ManifestVersion } from './shape.js';

/**
 * Whether a column can give the version's `date_range`; to be asked as soon as the columns are known.
 *
 * @throws request.invalid for a column that no table has, one that is redacted, or one of a type that is no date
 */
export function checkDateColumn(
  name: string,
  tables: readonly { readonly columns: readonly Pick<Column, 'name' | 'type' | 'redacted'>[] }[],
): void {
  const all = tables.flatMap((table) => table.columns);
  const columns = all.filter((column) => column.name === name);
  if (columns.length === 0) {
    const nearest = closest(
      name,
      all.map((column) => column.name),
    );
    throw new TidemarkError('request.invalid', `date-column: there is no column "${inLine(name)}"`, {
      hint: `The nearest name is "${nearest}".`,
    });
  }
  const wrong = columns.find((column) => column.type.kind !== 'date' && column.type.kind !== 'timestamp');
  if (wrong) {
    throw new TidemarkError(
      'request.invalid',
      `date-column: column "${inLine(name)}" is ${wrong.type.kind}, not a date`,
      {
        hint: 'Allowed are columns of dates and timestamps.',
      },
    );
  }
  if (columns.some((column) => column.redacted)) {
    throw new TidemarkError(
      'request.invalid',
      `date-column: column "${inLine(name)}" is redacted, so no range of it is told`,
      {
        hint: 'Take the column out of --redact-stats, or choose another --date-column.',
      },
    );
  }
}

/**
 * The days between which the values of the tables' date columns lie: `2024-01-01 to 2024-03-31`. Undefined where there is
 * none, where there is no value, or where the column is redacted.
 */
export function dateRange(tables: ManifestVersion['tables']): string | undefined {
  const found = tables.flatMap(({ request, schema, facts }) => {
    const index = schema.findIndex(({ name }) => name === request.dateColumn);
    const { min, max } = facts.columns[index] ?? {};
    if (index < 0 || schema[index]!.redacted || !/^(date|timestamp)/.test(schema[index]!.type)) return [];
    return min === undefined || max === undefined ? [] : [{ min: dayOf(min), max: dayOf(max) }];
  });
  if (found.length === 0) return undefined;
  const first = found.map((range) => range.min).reduce((a, b) => (compareDays(a, b) <= 0 ? a : b));
  const last = found.map((range) => range.max).reduce((a, b) => (compareDays(a, b) >= 0 ? a : b));
  return `${first} to ${last}`;
}

function dayOf(text: string): string {
  return text.split(/[T ]/)[0]!;
}

/** `[±]year-month-day`: all but the year is of fixed width, so its text order is its order in time. */
function compareDays(a: string, b: string): number {
  const [x, y] = [partsOf(a), partsOf(b)];
  return x.year - y.year || (x.rest < y.rest ? -1 : Number(x.rest > y.rest));
}

function partsOf(day: string): { readonly year: number; readonly rest: string } {
  const [, year, rest] = /^([+-]?\d{4,})(-.*)$/.exec(day)!;
  return { year: Number(year), rest: rest! };
}
