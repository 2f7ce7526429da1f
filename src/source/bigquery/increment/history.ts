import { invalidRequest, type TidemarkError } from '../../../core/errors.js';
import type { HistoryHorizon } from '../../../core/horizon.js';
import type { SourceRequest } from '../../../core/source-request.js';
import type { TableFacts } from '../connection/answers.js';
import type { BigqueryService } from '../connection/service.js';
import type { BigquerySettings } from '../connection/settings.js';
import { textOf, type TableName } from '../connection/table-name.js';
import { momentText, parseTableName, quotedTable } from '../plan/query-text.js';
import type { Subject } from '../plan/subject.js';
import { settled, travelled } from './settled.js';

/** Moments between which the service tells all changes of the tables; microseconds since 1970. */
export interface History {
  readonly from: bigint;
  readonly moment: bigint;
}

/** A table at a moment, for a later run; undefined: something that is no table is read, too. */
export function historyHorizon(subjects: readonly Subject[], moment: bigint): HistoryHorizon | undefined {
  const tables = subjects.flatMap(({ request, name, facts }) =>
    name !== undefined && facts?.type === 'TABLE'
      ? [{ name: request.name, table: textOf(name), created: facts.created }]
      : [],
  );
  return tables.length === subjects.length ? { moment: String(moment), tables } : undefined;
}

/**
 * Whether the service tells all changes since an earlier run, and up to which moment.
 * @param now by the service's clock
 * @returns what stands in the way, where it does not
 * @throws request.invalid for a moment that is not after the parent's
 */
export async function historySince(
  { since, asOf, tables, connection }: SourceRequest,
  service: BigqueryService,
  now: bigint,
): Promise<History | { readonly unable: readonly string[] }> {
  const before = since?.history;
  if (before === undefined) return { unable: ['the parent was not read from tables of BigQuery alone'] };
  const from = BigInt(before.moment);
  if (from < now - travelled)
    return { unable: ['the moment of the parent is more than seven days ago, and changes are not kept longer'] };
  const settings = connection as BigquerySettings;
  const unable: string[] = [];
  for (const { name, table } of tables) {
    const known = before.tables.find((one) => one.name === name);
    const found = table === undefined ? undefined : await tableNow(table, settings, service);
    const why =
      known === undefined || found === undefined ? `${name} is no table` : await whyNot(found, { known, service, now });
    if (why !== undefined) unable.push(why);
  }
  if (unable.length > 0) return { unable };
  const moment = asOf ?? now - settled;
  if (moment > now - settled)
    return { unable: [`changes are told ten minutes late, and ${momentText(moment)} is later than that`] };
  if (moment > from) return { from, moment };
  throw invalidRequest(
    `parent: its moment is ${momentText(from)}, and changes are told up to ${momentText(moment)} so far`,
    asOf === undefined ? 'BigQuery tells them ten minutes late: run again later.' : 'Give a later moment with --as-of.',
  );
}

interface FoundTable {
  readonly name: TableName;
  readonly facts: TableFacts;
}

async function tableNow(
  given: string,
  { project, dataset }: BigquerySettings,
  service: BigqueryService,
): Promise<FoundTable> {
  const name = parseTableName(given, { project: project ?? service.billingProject, dataset });
  return { name, facts: await service.table(name) };
}

/** Why it cannot be gone on from by its changes; undefined: it can. */
async function whyNot(
  { name, facts }: FoundTable,
  {
    known,
    service,
    now,
  }: {
    readonly known: HistoryHorizon['tables'][number];
    readonly service: BigqueryService;
    readonly now: bigint;
  },
): Promise<string | undefined> {
  const text = textOf(name);
  if (facts.type !== 'TABLE') return `${text} is no table`;
  if (known.table !== text || known.created !== facts.created) return `${text} is another table than the parent's`;
  return whyNotTold(name, { service, now });
}

/** Why changes of a table are not told; undefined: they are. */
export async function whyNotTold(
  name: TableName,
  { service, now }: { readonly service: BigqueryService; readonly now: bigint },
): Promise<string | undefined> {
  // Whether changes are kept is told by trying, which costs nothing.
  const sql = `SELECT 1 AS one FROM ${changesOf(name, { from: now - settled - 1_000_000n, moment: now - settled })}`;
  try {
    await service.dryRun({ sql, parameters: [], mostBytes: undefined });
    return undefined;
  } catch (thrown) {
    const { code } = thrown as TidemarkError;
    if (code !== 'source.sql' && code !== 'source.permission') throw thrown;
    return `changes of ${textOf(name)} are not told (ALTER TABLE ${quotedTable(name)} SET OPTIONS (enable_change_history = TRUE) has them kept)`;
  }
}

/** All changes after a moment, up to and with another one: the service's own bounds are with the first and without the last. */
export const changesOf = (name: TableName, { from, moment }: History): string =>
  `CHANGES(TABLE ${quotedTable(name)}, TIMESTAMP '${momentText(from + 1n)}', TIMESTAMP '${momentText(moment + 1n)}')`;
