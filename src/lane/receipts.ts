import { TidemarkError } from '../core/errors.js';
import type { TablePlan } from '../core/source.js';
import { formatCount } from '../core/units.js';
import type { RangeReceipt } from './messages.js';

/** A range as a lane says that it wrote it, and the rows that were received while it read it. */
export interface ReadRange {
  readonly receipt: RangeReceipt;
  readonly received: number;
}

type PlannedTable = Pick<TablePlan, 'name' | 'ranges'>;

/**
 * Whether what was written is all that was planned and received: every range of every table once, with all of its parts and
 * all of its rows. Whatever goes wrong with a lane must never end as a version that has fewer rows.
 * @throws internal.bug naming the range
 */
export function assertEveryRange(tables: readonly PlannedTable[], read: readonly ReadRange[]): void {
  const times = new Map<string, number>();
  for (const { receipt, received } of read) {
    const range = rangeName(tables, receipt.table, receipt.range);
    times.set(range.key, (times.get(range.key) ?? 0) + 1);
    assertParts(range.text, receipt);
    assertRows(range.text, receipt, received);
  }
  for (const [table, { ranges }] of tables.entries()) {
    for (const range of ranges.keys()) {
      const { key, text } = rangeName(tables, table, range);
      const count = times.get(key) ?? 0;
      if (count !== 1) throw incomplete(`${text} was read ${count === 0 ? 'by no lane' : `${count} times`}`);
    }
  }
  assertFilesOnce(read);
}

/** How messages name a range: `pages 0–16383 of orders`. */
export function rangeText(tables: readonly PlannedTable[], table: number, range: number): string {
  return rangeName(tables, table, range).text;
}

function rangeName(
  tables: readonly PlannedTable[],
  table: number,
  range: number,
): { readonly key: string; readonly text: string } {
  const planned = tables[table]?.ranges[range];
  if (planned === undefined)
    throw incomplete(`range ${range} of table ${table} was read, which the plan does not have`);
  return { key: `${table} ${range}`, text: `${planned.label} of ${tables[table]!.name}` };
}

function assertParts(range: string, { table, range: index, shards }: RangeReceipt): void {
  for (const [part, shard] of shards.entries()) {
    if (shard.table !== table || shard.range !== index) throw incomplete(`${range} has ${shard.path} of another range`);
    if (shard.part !== part) throw incomplete(`${range} has part ${shard.part} in the place of part ${part}`);
  }
}

function assertRows(range: string, { shards }: RangeReceipt, received: number): void {
  const written = shards.reduce((sum, shard) => sum + shard.rows, 0);
  if (written === received) return;
  throw incomplete(
    `of ${range} ${formatCount(received)} rows were received, and ${formatCount(written)} rows were written`,
  );
}

function assertFilesOnce(read: readonly ReadRange[]): void {
  const files = read.flatMap(({ receipt }) => receipt.shards.map((shard) => shard.path));
  const seen = new Set<string>();
  for (const file of files) {
    if (seen.has(file)) throw incomplete(`${file} was written twice`);
    seen.add(file);
  }
}

function incomplete(what: string): TidemarkError {
  return new TidemarkError('internal.bug', what, {
    hint: 'This is a defect of Tidemark: nothing was published. Please report it with the command that you ran.',
  });
}
