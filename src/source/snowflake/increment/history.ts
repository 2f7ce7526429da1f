import { type ErrorCode, invalidRequest, TidemarkError } from '../../../core/errors.js';
import type { HistoryHorizon } from '../../../core/horizon.js';
import type { SourceRequest } from '../../../core/source-request.js';
import { freeName } from '../../free-name.js';
import type { SnowflakeField } from '../connection/field.js';
import type { Statement } from '../connection/result.js';
import type { SnowflakeService } from '../connection/service.js';
import type { TableFacts } from '../connection/table-facts.js';
import { quotedName, quotedTable, type TableName, textOf } from '../connection/table-name.js';
import { atMoment, type Moment, momentText } from '../moment.js';
import type { Subject } from '../plan/subject.js';

/** Moments between which the service tells the changes of the tables; microseconds since 1970. */
export interface History {
  readonly from: bigint;
  readonly moment: bigint;
}

/** Tables at a time, for a later run; undefined: something that has no earlier moments is read, too, or the time is not known. */
export function historyHorizon(subjects: readonly Subject[], moment: Moment): HistoryHorizon | undefined {
  if (typeof moment !== 'bigint') return undefined;
  const tables = subjects.flatMap(({ request, name, facts }) =>
    name !== undefined && facts!.travels
      ? [{ name: request.name, table: textOf(name), created: String(facts!.created) }]
      : [],
  );
  return tables.length === subjects.length ? { moment: String(moment), tables } : undefined;
}

/**
 * Whether the service tells all changes since an earlier run.
 * @returns what stands in the way, where it does not
 * @throws request.invalid for a moment that is not after the parent's
 */
export async function historySince(
  { since, asOf }: SourceRequest,
  subjects: readonly Subject[],
  { service, moment }: { readonly service: SnowflakeService; readonly moment: Moment },
): Promise<History | { readonly unable: readonly string[] }> {
  const { now } = service.facts;
  const before = since?.history;
  if (before === undefined) return { unable: ['the parent was not read from tables of Snowflake alone'] };
  if (typeof moment !== 'bigint') return { unable: ['changes are told until a time, and --as-of names a statement'] };
  const from = BigInt(before.moment);
  const unable = subjects.flatMap((subject) => whyNot(subject, { before, from, now }) ?? []);
  if (unable.length > 0) return { unable };
  if (moment > from) {
    const untold = await whyNotSince(subjects, { from, moment }, service);
    return untold.length > 0 ? { unable: untold } : { from, moment };
  }
  throw invalidRequest(
    `parent: its moment is ${momentText(from)}, and it is to be gone on from at ${momentText(moment)}`,
    asOf === undefined ? 'Run again later.' : 'Give a later moment with --as-of.',
  );
}

const refused: readonly ErrorCode[] = ['source.sql', 'source.permission', 'source.not-found', 'request.invalid'];

/** Since when changes are tracked is told by trying, which runs nothing. */
async function whyNotSince(
  subjects: readonly Subject[],
  history: History,
  service: SnowflakeService,
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { name } of subjects) {
    try {
      await service.describe({ sql: `SELECT METADATA$ACTION FROM ${changesOf(name!, history)}`, binds: [] });
    } catch (thrown) {
      if (!(thrown instanceof TidemarkError) || !refused.includes(thrown.code)) throw thrown;
      found.push(`changes of ${textOf(name!)} are not told since ${momentText(history.from)}: ${thrown.message}`);
    }
  }
  return found;
}

/** Why a table cannot be gone on from by its changes; undefined: it can. */
function whyNot(
  { request, name, facts, fields }: Subject,
  { before, from, now }: { readonly before: HistoryHorizon; readonly from: bigint; readonly now: bigint },
): string | undefined {
  const known = before.tables.find((one) => one.name === request.name);
  if (known === undefined || name === undefined || facts === undefined) return `${request.name} is no table`;
  const text = textOf(name);
  if (known.table !== text || known.created !== String(facts.created))
    return `${text} is another table than the parent's`;
  const kept = now - BigInt(facts.retentionDays) * 86_400_000_000n;
  if (from < kept)
    return `changes of ${text} are kept since ${momentText(kept)}, and the parent's moment is ${momentText(from)} (ALTER TABLE ${quotedTable(name)} SET DATA_RETENTION_TIME_IN_DAYS = … keeps more)`;
  return whyNotTold({ name, facts, fields });
}

/** Why changes of a table are not told; undefined: they are. */
export function whyNotTold({
  name,
  facts,
  fields,
}: {
  readonly name: TableName;
  readonly facts: TableFacts;
  readonly fields: readonly SnowflakeField[];
}): string | undefined {
  if (!facts.tracksChanges)
    return `changes of ${textOf(name)} are not told (ALTER TABLE ${quotedTable(name)} SET CHANGE_TRACKING = TRUE has them told from then on)`;
  const other = fields.find(({ type }) => !Object.hasOwn(comparable, type));
  if (other === undefined) return undefined;
  return `${textOf(name)} has "${other.name}", of which it cannot be told which values are equal`;
}

const itself = (quoted: string): string => quoted;
const asJson = (quoted: string): string => `TO_JSON(${quoted})`;

/** What is equal where values of a type are the same: moments of two zones are equal to the service, too. */
const comparable: Readonly<Record<string, (quoted: string) => string>> = {
  ...{ fixed: itself, real: itself, text: itself, boolean: itself, binary: itself, date: itself, time: itself },
  ...{ timestamp_ntz: itself, timestamp_ltz: itself, variant: asJson, object: asJson, array: asJson },
  timestamp_tz: (quoted) => `TO_VARCHAR(${quoted}, 'YYYY-MM-DD HH24:MI:SS.FF9 TZH:TZM')`,
};

const changesOf = (name: TableName, { from, moment }: History): string =>
  `${quotedTable(name)} CHANGES(INFORMATION => DEFAULT) AT${atMoment(from)} END${atMoment(moment)}`;

/**
 * The rows that a table has at a moment and had not at an earlier one. A row that was changed went and came; one that went and came again as it was is
 * none: so of equal rows as many count as came more often than they went.
 * @param subject a table
 */
export function changedRows({ name, fields }: Subject, history: History): Statement {
  const columns = fields.map((field) => quotedName(field.name)).join(', ');
  const same = fields.map((field) => comparable[field.type]!(quotedName(field.name))).join(', ');
  const [action, number, went] = ['ACTION', 'NUMBER', 'WENT'].map((word) => freeName(`TIDEMARK_${word}`, fields));
  const counted = [
    `METADATA$ACTION AS ${action}`,
    `ROW_NUMBER() OVER (PARTITION BY ${same}, METADATA$ACTION ORDER BY METADATA$ROW_ID) AS ${number}`,
    `COUNT_IF(METADATA$ACTION = 'DELETE') OVER (PARTITION BY ${same}) AS ${went}`,
  ].join(', ');
  const inner = `SELECT ${columns}, ${counted} FROM ${changesOf(name!, history)}`;
  const sql = `SELECT ${columns} FROM (\n${inner}\n) WHERE ${action} = 'INSERT' AND ${number} > ${went}`;
  return { sql, binds: [] };
}

/**
 * Looks whether all changes were told: whether they lead from the rows that there were to those that there are.
 * @throws source.changed
 */
export async function assertAllTold({ name }: Subject, history: History, service: SnowflakeService): Promise<void> {
  const text = textOf(name!);
  const count = async (at: bigint): Promise<number> => {
    const sql = `SELECT COUNT(*) AS N FROM ${quotedTable(name!)} AT${atMoment(at)}`;
    return Number((await service.row({ sql, binds: [] }, `count rows of ${text}`))![0]);
  };
  const sql = `SELECT COUNT_IF(METADATA$ACTION = 'DELETE') AS WENT, COUNT(*) AS CHANGES FROM ${changesOf(name!, history)}`;
  const found = await service.row({ sql, binds: [] }, `count changes of ${text}`);
  const [went, all] = found!.map(Number) as [number, number];
  const [before, after] = [await count(history.from), await count(history.moment)];
  if (before + all - 2 * went === after) return;
  throw new TidemarkError(
    'source.changed',
    `${text}: ${before} rows, ${all - went} that came and ${went} that went do not make the ${after} that there are: its changes are not all told`,
    { hint: 'Nothing is published. Begin a new chain, which reads all rows: --full.' },
  );
}
