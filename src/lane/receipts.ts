import { TidemarkError } from '../core/errors.js';
import type { TablePlan } from '../core/source.js';
import { formatCount } from '../core/units.js';
import type { FileGroup } from './file-group.js';
import type { GroupReceipt, RangeReceipt } from './messages.js';

/** A range as a lane says that it read it, and the rows that were received while it did. */
export interface ReadRange {
  readonly receipt: Pick<RangeReceipt, 'table' | 'range' | 'spool'>;
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
  const received = receivedRows(planned, read);
  const receipts = byGroup(planned, written);
  for (const [table, groups] of planned.groups.entries()) {
    for (const [index, group] of groups.entries()) {
      const text = groupText(planned, table, group);
      const receipt = receipts[table]![index];
      if (receipt === undefined) throw incomplete(`${text} was written by no lane`);
      assertParts(text, receipt);
      const rows = received[table]!.slice(group.first, group.end).reduce((sum, one) => sum + one, 0);
      assertRows(text, rows, receipt);
    }
  }
  assertFilesOnce(written);
}

/** Whether every range was read once, and all rows that were received are in its spool. @throws internal.bug naming the range */
export function assertSpooled(tables: Planned['tables'], read: readonly ReadRange[]): void {
  receivedRows({ tables, groups: [] }, read);
  for (const { receipt, received } of read) {
    const { table, range, spool } = receipt;
    const spooled = spool?.targets.reduce((sum, { rows }) => sum + rows, spool.leftOut);
    if (spooled === received) continue;
    const text = rangeText(tables, table, range);
    throw incomplete(
      `of ${text} ${formatCount(received)} rows were received, and ${spooled ?? 'no'} rows were spooled`,
    );
  }
}

/** By table and range. @throws internal.bug unless every range was read once */
function receivedRows({ tables }: Planned, read: readonly ReadRange[]): number[][] {
  const rows: number[][] = tables.map(() => []);
  const times = tables.map(({ ranges }) => ranges.map(() => 0));
  for (const { receipt, received } of read) {
    rangeText(tables, receipt.table, receipt.range);
    rows[receipt.table]![receipt.range] = received;
    times[receipt.table]![receipt.range]! += 1;
  }
  for (const [table, counts] of times.entries()) {
    const range = counts.findIndex((count) => count !== 1);
    if (range < 0) continue;
    const how = counts[range] === 0 ? 'by no lane' : `${counts[range]} times`;
    throw incomplete(`${rangeText(tables, table, range)} was read ${how}`);
  }
  return rows;
}

/** By table and group. @throws internal.bug for a group that was not planned, or written twice */
function byGroup(planned: Planned, written: readonly GroupReceipt[]): (GroupReceipt | undefined)[][] {
  const receipts: (GroupReceipt | undefined)[][] = planned.groups.map(() => []);
  for (const receipt of written) {
    const { table, group } = receipt;
    const place = planned.groups[table]?.[group];
    if (place === undefined) {
      throw incomplete(`group ${group} of table ${table} was written, which the plan does not have`);
    }
    if (receipts[table]![group] !== undefined)
      throw incomplete(`${groupText(planned, table, place)} was written 2 times`);
    receipts[table]![group] = receipt;
  }
  return receipts;
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
