import { invalidRequest, TidemarkError } from '../../../core/errors.js';
import { isSecret, valueOf } from '../../../core/parameters.js';
import type { Parameter, SourceRequest, TableRequest } from '../../../core/source-request.js';
import type { SnowflakeField } from '../connection/field.js';
import type { Statement } from '../connection/result.js';
import type { SnowflakeService } from '../connection/service.js';
import type { TableFacts } from '../connection/table-facts.js';
import { quotedTable, type TableName, textOf } from '../connection/table-name.js';
import { hasMomentPlace, isOrdered, parametersIn, parseTableName, queryAt, withMarks } from './query-text.js';
import { atMoment, type Moment, momentText, momentWord } from '../moment.js';

/** One entry of the request with what is run for it. */
export interface Subject {
  readonly request: TableRequest;
  /** Undefined: a query was asked for. */
  readonly name: TableName | undefined;
  readonly facts: TableFacts | undefined;
  readonly statement: Statement;
  /** A relation with all rows, or a query; with what is bound in it. */
  readonly all: Selection;
  /** Of the query. */
  readonly parameters: readonly Parameter[];
  readonly fields: readonly SnowflakeField[];
  /** The field that marks rows where versions overlap; undefined: none does. */
  readonly overlapName?: string | undefined;
  /** Its rows come in an order. */
  readonly ordered: boolean;
  /** It is about the moment of the run, and not about that when it runs. */
  readonly isAtMoment: boolean;
}

/** What stands after FROM: a table at a moment, or a query, in which ends of a window may stand. */
export interface Selection {
  readonly isQuery: boolean;
  /** @param endOf what stands for the end of a window, by its parameter */
  statement(endOf: (parameter: Parameter) => string): Statement;
}

interface Around {
  readonly service: SnowflakeService;
  readonly request: SourceRequest;
  readonly moment: Moment;
}

/** Finds out what an entry of the request reads, without running it. @throws source.*, request.invalid */
export async function subjectOf(asked: TableRequest, around: Around): Promise<Subject> {
  const found =
    asked.query === undefined ? await tableSubject(asked, around) : querySubject(asked, asked.query, around);
  const fields = await around.service.describe(found.statement);
  assertRows(fields);
  return { ...found, fields };
}

type Undescribed = Omit<Subject, 'fields'>;

async function tableSubject(asked: TableRequest, { service, request, moment }: Around): Promise<Undescribed> {
  const name = parseTableName(asked.table!, service.facts);
  const facts = await service.table(name);
  const isAtMoment = facts.travels;
  if (asksForMoment(request)) assertKept(name, facts, { asOf: request.asOf, now: service.facts.now });
  const at = isAtMoment ? ` AT${atMoment(moment)}` : '';
  const whole = { sql: quotedTable(name) + at, binds: [] };
  return {
    ...{ request: asked, name, facts, parameters: [], ordered: false, isAtMoment },
    all: { isQuery: false, statement: () => whole },
    statement: { sql: `SELECT * FROM ${whole.sql}${limitOf(asked)}`, binds: [] },
  };
}

/** Of what is no query, whose rows may have an order. */
export const limitOf = ({ limit }: TableRequest): string => (limit === undefined ? '' : ` LIMIT ${limit}`);

function querySubject(asked: TableRequest, given: string, { request, moment }: Around): Undescribed {
  const isAtMoment = hasMomentPlace(given);
  if (asksForMoment(request) && !isAtMoment)
    throw invalidRequest(
      `as-of: the query of ${asked.name} does not say where the moment belongs`,
      `Write {as_of} there: FROM orders AT(${momentWord(moment)} => {as_of}). No other SQL is changed.`,
    );
  const sql = isAtMoment ? queryAt(given, moment) : given;
  const used = parametersIn(sql);
  const parameters = request.parameters.filter(({ name }) => used.includes(name));
  const all: Selection = { isQuery: true, statement: (endOf) => boundQuery(sql, parameters, endOf) };
  return {
    ...{ request: asked, name: undefined, facts: undefined, parameters, ordered: isOrdered(sql), isAtMoment, all },
    // Where a window begins and ends is not known yet.
    statement: all.statement(() => 'NULL'),
  };
}

/** Values are bound; ends of a window are written as what they are. */
function boundQuery(sql: string, parameters: readonly Parameter[], endOf: (parameter: Parameter) => string): Statement {
  const binds: string[] = [];
  const text = withMarks(sql, (name) => {
    const found = parameters.find((one) => one.name === name)!;
    if (found.windowEnd !== undefined) return endOf(found);
    binds.push(valueOf(found));
    return '?';
  });
  return { sql: text, binds };
}

const asksForMoment = ({ asOf, asOfStatement }: SourceRequest): boolean => (asOf ?? asOfStatement) !== undefined;

/** Nothing is read of a table that is not kept for so long; of a statement the service says it when the table is described. @throws request.invalid */
function assertKept(
  name: TableName,
  facts: TableFacts,
  { asOf, now }: { readonly asOf: bigint | undefined; readonly now: bigint },
): void {
  const { kind, travels, retentionDays, created } = facts;
  const text = textOf(name);
  if (!travels)
    throw invalidRequest(
      `as-of: ${text} (${kind}${kind === 'TABLE' ? ', DATA_RETENTION_TIME_IN_DAYS = 0' : ''}) has no earlier moments`,
      kind === 'TABLE'
        ? `ALTER TABLE ${quotedTable(name)} SET DATA_RETENTION_TIME_IN_DAYS = 1 has them kept from then on.`
        : 'Give a query over its tables, with {as_of}.',
    );
  if (asOf === undefined) return;
  const first = now - BigInt(retentionDays) * 86_400_000_000n;
  if (asOf >= first && asOf >= created) return;
  if (asOf >= first) throw invalidRequest(`as-of: ${text} was made at ${momentText(created)}`, 'Give a later moment.');
  throw invalidRequest(
    `as-of: ${text} is kept for ${retentionDays} day${retentionDays === 1 ? '' : 's'}, since ${momentText(first)}, and ${momentText(asOf)} is earlier`,
    `Give a later moment. ALTER TABLE ${quotedTable(name)} SET DATA_RETENTION_TIME_IN_DAYS = … keeps more from then on.`,
  );
}

/** What gives no rows, or columns that cannot be told apart. @throws request.invalid */
function assertRows(fields: readonly SnowflakeField[]): void {
  if (fields.length === 0) throw invalidRequest('query: it gives no columns', 'Give one SELECT.');
  const names = fields.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return;
  throw invalidRequest(
    `query: two columns are named "${twice}"`,
    `Name them apart: SELECT a.${twice} AS a_${twice}, b.${twice} AS b_${twice} ….`,
  );
}

/** @throws request.invalid for what is no query */
export function assertQuery(asked: TableRequest): void {
  const first = /^[\s(]*(\w+)/.exec(asked.query?.replace(/(?:--|\/\/)[^\n]*|\/\*[\s\S]*?\*\//g, ' ') ?? 'SELECT')?.[1];
  if (first !== undefined && /^(?:SELECT|WITH|VALUES|TABLE)$/i.test(first)) return;
  throw new TidemarkError('request.invalid', `query: it begins with ${first ?? 'nothing'}, and is no SELECT`, {
    hint: 'Give one SELECT; nothing that writes is run.',
  });
}

/** All rows are read once more at the same moment. @throws request.invalid for what has none */
export function assertCountable({ request, name, isAtMoment }: Subject, { readsAllKeys }: SourceRequest): void {
  if (readsAllKeys !== true || (name !== undefined && isAtMoment)) return;
  throw invalidRequest(
    `deletes: which rows are gone is told of tables with earlier moments alone, and ${request.name} is none`,
    'Give the table, or leave --deletes out.',
  );
}

/** The secret parameters of an entry. */
export const secretsOf = ({ parameters }: Pick<Subject, 'parameters'>): readonly Parameter[] =>
  parameters.filter(isSecret);
