import { invalidRequest } from '../core/errors.js';
import { keyFault } from '../core/key-columns.js';
import { missingColumn } from '../core/missing-column.js';
import type { OpenSource, TablePlan } from '../core/source.js';
import type { CursorRequest, SourceRequest, TableRequest } from '../core/source-request.js';
import { writtenColumns } from '../core/types.js';
import { checkDateColumn } from '../manifest/date-range.js';
import { checkKey, checkLabel, checkSplit } from '../partition/check-split.js';
import { canBeKept } from '../files/partition-folders.js';
import { maskedSource } from './masked-source.js';
import { partitionedSource } from './partitioned-source.js';
import type { Plan } from './plan.js';
import type { Ports } from './ports.js';
import { openStagingArea, type StagingEvents } from './staging-area.js';
import { unloadedSource } from './unloaded-source.js';

/**
 * Opens the plan's source at one moment, and checks what of the plan only the source's schema can answer.
 * @param how `onlyPlans`: nothing is read of it; `unloads`: the database may write files by itself, and this hears of it
 * @throws source.*; request.invalid for a `dateColumn` that is not there or not of dates, or columns by which rows cannot be split
 */
export async function openSource(
  plan: Plan,
  ports: Ports,
  signal: AbortSignal,
  how: HowToOpen = {},
): Promise<OpenSource> {
  const opened = await openUnloaded(plan, ports, signal, how);
  try {
    const source = partitionedSource(maskedSource(opened, plan), plan);
    const dated = plan.source.tables.map(({ dateColumn }) => dateColumn);
    const written = source.tables.map(({ columns }) => ({ columns: writtenColumns(columns) }));
    for (const column of new Set(dated)) if (column !== undefined) checkDateColumn(column, written);
    for (const [index, { cursor }] of plan.source.tables.entries()) checkCursor(cursor, source.tables[index]!);
    if (plan.label !== undefined) checkLabel(plan.label, source.tables);
    for (const [index, { key, sample, split }] of plan.tables.entries()) {
      const table = source.tables[index]!;
      if (key) checkRowKey(key, table);
      if (sample) checkKey(sample.key, table);
      if (split) checkSplit(split, table);
      if (split && split.by !== 'hash') checkKey(split.key, table);
    }
    return source;
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/** As many as there may be, whatever the source then has. */
export const askedLanes = ({ lanes, cores }: Pick<Plan, 'lanes' | 'cores'>): number =>
  lanes === 'auto' ? cores.count : lanes;

export interface HowToOpen extends Pick<SourceRequest, 'onlyPlans'> {
  readonly unloads?: StagingEvents;
}

/** What the database has written goes when the source is closed, and where it cannot be opened. */
async function openUnloaded(
  plan: Plan,
  ports: Ports,
  signal: AbortSignal,
  { unloads: events, ...how }: HowToOpen,
): Promise<OpenSource> {
  const { sourceKind, source, staging } = plan;
  const module = await ports.loadSource(sourceKind);
  const lanes = askedLanes(plan);
  const { unload, ...request } = source;
  if (unload === undefined || events === undefined || staging === undefined)
    return module.open({ ...request, ...how, lanes }, signal);
  const area = await openStagingArea({ ...plan, staging }, module, { ports, signal, events });
  const begins = (name: string): void =>
    events.listener({ type: 'waiting', message: `the database writes ${name} as files` });
  let opened: OpenSource | undefined;
  try {
    const tables = request.tables.map((table, index) => ({ ...table, ...foldersWanted(plan, index) }));
    opened = await module.open({ ...request, tables, unload: { ...unload, begins }, ...how, lanes }, signal);
    const { close } = opened;
    const read = await unloadedSource(opened, area);
    return { ...read, close: () => close().finally(() => area.clear()) };
  } catch (error) {
    await opened?.close();
    await area.clear();
    throw error;
  }
}

/** Files may be written in folders where they can stay as they are. */
function foldersWanted({ keepsFiles, tables }: Plan, table: number): Pick<TableRequest, 'foldersBy'> {
  const { sample, split, masks, partitioning } = tables[table]!;
  const areOthers = sample ?? split ?? Object.keys(masks)[0];
  if (!keepsFiles || areOthers !== undefined || partitioning === undefined || !canBeKept(partitioning)) return {};
  return { foldersBy: partitioning.by.map(({ column }) => column) };
}

/** Rows are told by what is written of their keys. */
function checkRowKey(key: readonly string[], table: TablePlan): void {
  for (const name of key) {
    const column = table.columns.find((one) => one.name === name && !one.hidden);
    if (column === undefined) throw missingColumn('key', name, [table]);
    if (column.mask !== undefined) {
      throw invalidRequest(
        `key: "${name}" of ${table.name} is masked by ${column.mask}, and a key must be the same in all versions, whatever they are masked with`,
        'Name a column that is not masked, or leave the mask out.',
      );
    }
    const fault = keyFault(column);
    if (fault === undefined) continue;
    throw invalidRequest(
      `key: "${name}" of ${table.name} (${column.sourceType}) cannot be a key: ${fault.why}`,
      fault.hint,
    );
  }
}

/** How far a table was read is told by its cursor's largest value. */
function checkCursor(cursor: CursorRequest | undefined, { columns }: TablePlan): void {
  const hidden = columns.find(({ name, redacted }) => redacted && cursor?.columns.includes(name));
  if (hidden === undefined) return;
  throw invalidRequest(
    `cursor: "${hidden.name}" is ${hidden.mask === undefined ? 'redacted' : 'masked'}, and the largest value of a cursor is told`,
    'Give another column, or show it.',
  );
}
