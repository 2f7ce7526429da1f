import { TidemarkError } from '../../../core/errors.js';
import type { BigqueryService } from '../connection/service.js';
import { textOf, type TableName } from '../connection/table-name.js';
import { freeName } from '../../free-name.js';
import { quotedName } from '../plan/literal.js';
import type { QueryToRun, Subject } from '../plan/subject.js';
import { changesOf, type History } from './history.js';
import { daysBetween } from './settled.js';

/**
 * The rows that a table has at a moment and had not at an earlier one. A row that was changed went and came; one that came and went, or went and
 * came again as it was, is none: so of equal rows as many count as came more often than they went.
 * @param subject a table
 */
export function changedRowsQuery({ fields, name: table }: Subject, history: History): QueryToRun {
  const name = table!;
  const columns = fields.map((field) => quotedName(field.name)).join(', ');
  const [went, text, number, times] = ['went', 'text', 'number', 'times'].map((word) =>
    freeName(`tidemark_${word}`, fields),
  );
  const changes = eachDay(
    name,
    history,
    `SELECT ${columns}, _CHANGE_TYPE = 'DELETE' AS ${went}, TO_JSON_STRING(STRUCT(${columns})) AS ${text}`,
  );
  const counted = `SELECT ${columns}, ${went}, ROW_NUMBER() OVER (PARTITION BY ${text}, ${went}) AS ${number}, COUNTIF(${went}) OVER (PARTITION BY ${text}) AS ${times}\nFROM (\n${changes}\n)`;
  return {
    sql: `SELECT ${columns} FROM (\n${counted}\n) WHERE NOT ${went} AND ${number} > ${times}`,
    parameters: [],
    relations: [name],
    ordered: false,
    isAtMoment: true,
  };
}

const eachDay = (name: TableName, { from, moment }: History, select: string): string =>
  daysBetween(from, moment)
    .map((span) => `${select} FROM ${changesOf(name, span)}`)
    .join('\nUNION ALL\n');

/**
 * Looks whether all changes were told: whether they lead from the rows that there were to those that there are.
 * @throws source.changed
 */
export async function assertAllTold(
  { name: table }: Subject,
  history: History,
  {
    service,
    mostBytes,
    count,
  }: {
    readonly service: BigqueryService;
    readonly mostBytes: number | undefined;
    count(name: TableName, moment: bigint): Promise<number>;
  },
): Promise<void> {
  const name = table!;
  const changes = eachDay(name, history, "SELECT _CHANGE_TYPE = 'DELETE' AS went");
  const sql = `SELECT COUNTIF(went) AS went, COUNT(*) AS changes FROM (\n${changes}\n)`;
  const found = await service.row({ sql, parameters: [], mostBytes }, `count changes of ${textOf(name)}`);
  const [went, all] = found!.map(Number) as [number, number];
  const [before, after] = [await count(name, history.from), await count(name, history.moment)];
  if (before + all - 2 * went === after) return;
  throw new TidemarkError(
    'source.changed',
    `${textOf(name)}: ${before} rows, ${all - went} that came and ${went} that went do not make the ${after} that there are: its changes are not all told`,
    { hint: 'Nothing is published. Begin a new chain, which reads all rows: --full.' },
  );
}
