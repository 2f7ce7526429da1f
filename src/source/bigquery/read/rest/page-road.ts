import { makeData, RecordBatch, Struct } from 'apache-arrow';
import type { TablePlan } from '../../../../core/source.js';
import { arrowSchema } from '../../../../core/types.js';
import type { TableName } from '../../connection/table-name.js';
import type { ReadRows, TakeRows } from '../road.js';
import type { Place } from '../columns.js';
import { columnOf } from './column-of.js';
import { type AskingForPages, type Page, Pages } from './pages.js';

/** Rows by their numbers in a table. */
export interface RowNumbers {
  readonly table: TableName;
  readonly firstRow: number;
  readonly rows: number;
}

/** Rows come as pages of JSON. */
export async function openPages(asking: AskingForPages): Promise<ReadRows<RowNumbers>> {
  const pages = await Pages.open(asking);
  return {
    async read({ table, firstRow, rows }, { plan, only, nullsMisfits }, take: TakeRows) {
      const columns = only && columnsIn(plan, only);
      let done = 0;
      while (done < rows) {
        const page = await pages.page({ table, firstRow: firstRow + done, rows: rows - done, columns: columns?.names });
        const nulled = plan.columns.map(() => 0);
        const place = { firstRow: done, nulled: nullsMisfits ? nulled : undefined };
        await take(batchOf(page, plan, columns?.places, place), page.bytes, nulled);
        done += page.rows.length;
      }
      return done;
    },
    close: () => undefined,
  };
}

/** The service gives columns in the order of the table, whatever the order in which they are asked for. */
function columnsIn(
  { columns }: TablePlan,
  only: readonly number[],
): { readonly names: readonly string[]; readonly places: readonly number[] } {
  const inTable = [...new Set(only)].toSorted((one, other) => one - other);
  return {
    names: inTable.map((index) => columns[only.indexOf(index)]!.name),
    places: only.map((index) => inTable.indexOf(index)),
  };
}

function batchOf(
  { rows }: Page,
  { columns }: TablePlan,
  places: readonly number[] | undefined,
  at: Omit<Place, 'column' | 'of'>,
): RecordBatch {
  const schema = arrowSchema(columns);
  const children = columns.map((target, column) => {
    const place = places?.[column] ?? column;
    return columnOf(
      rows.map(({ f }) => f[place]!.v),
      target,
      { column, of: target, ...at },
    );
  });
  return new RecordBatch(
    schema,
    makeData({ type: new Struct(schema.fields), length: rows.length, nullCount: 0, children }),
  );
}
