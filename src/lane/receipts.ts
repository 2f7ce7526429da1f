import { TidemarkError } from '../core/errors.js';
import type { TablePlan } from '../core/source.js';
import { formatCount } from '../core/units.js';
import type { FileGroup } from './file-group.js';
import type { GroupReceipt, RangeReceipt } from './messages.js';

/** A range as a lane says that it read it, and the rows that were received while it did. */
export interface ReadRange {
  readonly receipt: Pick<RangeReceipt, 'table' | 'range'>;
  readonly received: number;
}

/** What was to be done. */
export interface Planned {
  readonly tables: readonly Pick<TablePlan, 'name' | 'ranges'>[];
  readonly groups: readonly (readonly FileGroup[])[];
}

/**
 * Whether what was written is all that was planned and received: every range of every table once, every file group once,
 * with all of its parts and all of its rows. Whatever goes wrong with a lane must never end as a version that has fewer rows.
 * @throws internal.bug naming the range or the group
 */
export function assertEverything(planned: Planned, read: readonly ReadRange[], written: readonly GroupReceipt[]): void {
  for (const [table, { ranges }] of planned.tables.entries()) {
    for (const range of ranges.keys()) {
      const times = read.filter(({ receipt }) => receipt.table === table && receipt.range === range).length;
      assertOnce(rangeText(planned.tables, table, range), 'read', times);
    }
    for (const [index, group] of planned.groups[table]!.entries()) {
      const own = written.filter((receipt) => receipt.table === table && receipt.group === index);
      const text = groupText(planned, table, group);
      assertOnce(text, 'written', own.length);
      assertParts(text, own[0]!);
      assertRows(text, receivedOf(read, table, group), own[0]!);
    }
  }
  assertPlanned(planned, read, written);
  assertFilesOnce(written);
}

/** How messages name a range: `pages 0–16383 of orders`. */
export function rangeText(tables: Planned['tables'], table: number, range: number): string {
  const found = tables[table]?.ranges[range];
  if (found === undefined) throw incomplete(`range ${range} of table ${table} was read, which the plan does not have`);
  return `${found.label} of ${tables[table]!.name}`;
}

function groupText({ tables }: Planned, table: number, { first, end }: FileGroup): string {
  const from = rangeText(tables, table, first);
  return end - first === 1 ? from : `${formatCount(end - first)} ranges from ${from}`;
}

function receivedOf(read: readonly ReadRange[], table: number, { first, end }: FileGroup): number {
  return read
    .filter(({ receipt }) => receipt.table === table && receipt.range >= first && receipt.range < end)
    .reduce((sum, { received }) => sum + received, 0);
}

function assertOnce(text: string, what: string, times: number): void {
  if (times !== 1) throw incomplete(`${text} was ${what} ${times === 0 ? 'by no lane' : `${times} times`}`);
}

function assertParts(text: string, { table, group, shards }: GroupReceipt): void {
  for (const [part, shard] of shards.entries()) {
    if (shard.table !== table || shard.group !== group) throw incomplete(`${text} has ${shard.path} of others`);
    if (shard.part !== part) throw incomplete(`${text} has part ${shard.part} in the place of part ${part}`);
  }
}

function assertRows(text: string, received: number, { shards }: GroupReceipt): void {
  const written = shards.reduce((sum, shard) => sum + shard.rows, 0);
  if (written === received) return;
  throw incomplete(
    `of ${text} ${formatCount(received)} rows were received, and ${formatCount(written)} rows were written`,
  );
}

function assertPlanned(
  { tables, groups }: Planned,
  read: readonly ReadRange[],
  written: readonly GroupReceipt[],
): void {
  for (const { receipt } of read) rangeText(tables, receipt.table, receipt.range);
  const other = written.find(({ table, group }) => groups[table]?.[group] === undefined);
  if (other) throw incomplete(`group ${other.group} of table ${other.table} was written, which the plan does not have`);
}

function assertFilesOnce(written: readonly GroupReceipt[]): void {
  const seen = new Set<string>();
  for (const { path } of written.flatMap(({ shards }) => shards)) {
    if (seen.has(path)) throw incomplete(`${path} was written twice`);
    seen.add(path);
  }
}

function incomplete(what: string): TidemarkError {
  return new TidemarkError('internal.bug', what, {
    hint: 'This is a defect of Tidemark: nothing was published. Please report it with the command that you ran.',
  });
}
