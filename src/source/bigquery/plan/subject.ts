import { invalidRequest } from '../../../core/errors.js';
import { isSecret } from '../../../core/parameters.js';
import type { Parameter, SourceRequest, TableRequest } from '../../../core/source-request.js';
import { momentPlace } from '../../query-code.js';
import type { DryRun, TableFacts } from '../connection/answers.js';
import type { BigqueryService, TypedParameter } from '../connection/service.js';
import type { BigquerySettings } from '../connection/settings.js';
import { type BigqueryField, hasPicoseconds, typeText } from '../connection/field.js';
import type { TableName } from '../connection/table-name.js';
import { hasMomentPlace, isOrdered, parametersIn, parseTableName, queryAt, quotedTable } from './query-text.js';

/** One entry of the request with what it reads. */
export interface Subject {
  readonly request: TableRequest;
  readonly fields: readonly BigqueryField[];
  /** Of a table or view; undefined: a query was asked for. */
  readonly name: TableName | undefined;
  /** Of that table or view. */
  readonly facts: TableFacts | undefined;
  /** A table, which is read as it is. */
  readonly table: { readonly name: TableName; readonly facts: TableFacts } | undefined;
  /** What is run, and read from its result: a query, or all of a view. */
  readonly query: QueryToRun | undefined;
  /** Bytes that are read of it, as the service says beforehand; undefined: it does not. */
  readonly bytes: number | undefined;
  /** The field that marks rows where versions overlap; undefined: none does. */
  readonly overlapName?: string | undefined;
}

export interface QueryToRun {
  readonly sql: string;
  /** Ends of a window have no value yet. */
  readonly parameters: readonly (TypedParameter & Pick<Parameter, 'windowEnd'>)[];
  /** The relations that it reads. */
  readonly relations: readonly TableName[];
  /** Its rows come in an order. */
  readonly ordered: boolean;
  /** It is about the moment of the run, and not about that when it runs. */
  readonly isAtMoment: boolean;
}

interface Around {
  readonly service: BigqueryService;
  readonly request: SourceRequest;
  /** Microseconds since 1970. */
  readonly moment: bigint;
}

/** Finds out what an entry of the request reads, without running anything. @throws source.*, request.invalid */
export async function subjectOf(asked: TableRequest, around: Around): Promise<Subject> {
  const { service, request } = around;
  if (asked.query !== undefined)
    return { ...(await querySubject(asked, asked.query, around)), name: undefined, facts: undefined };
  const { project = service.billingProject, dataset } = request.connection as BigquerySettings;
  const name = parseTableName(asked.table!, { project, dataset });
  const facts = await service.table(name);
  const select = `SELECT * FROM ${quotedTable(name)}`;
  if (!['TABLE', 'SNAPSHOT', 'CLONE'].includes(facts.type))
    return { ...(await querySubject(asked, select, around)), name, facts };
  // A table's pages are those of now: the ones of a moment are those of a result. Files are written by a query.
  if (request.via !== 'arrow')
    return { ...(await querySubject(asked, `${select} FOR SYSTEM_TIME AS OF ${momentPlace}`, around)), name, facts };
  const table = { name, facts };
  return { request: asked, name, facts, fields: facts.fields, table, query: undefined, bytes: facts.bytes };
}

async function querySubject(
  asked: TableRequest,
  given: string,
  { service, request, moment }: Around,
): Promise<Omit<Subject, 'name' | 'facts'>> {
  const used = parametersIn(given);
  const parameters = request.parameters.filter(({ name }) => used.includes(name));
  const isAtMoment = hasMomentPlace(given);
  if (request.asOf !== undefined && !isAtMoment) throw saysNoMoment(asked);
  const sql = queryAt(given, isAtMoment ? moment : undefined);
  const known = parameters.filter(({ windowEnd }) => windowEnd === undefined);
  const tried = await service.dryRun({ sql, parameters: known, mostBytes: request.maxBytesBilled });
  assertSelect(tried);
  assertCheap(tried.bytes, request, asked.name);
  const query = { sql, parameters, relations: tried.relations, ordered: isOrdered(sql), isAtMoment };
  return { request: asked, fields: tried.fields, table: undefined, query, bytes: tried.bytes };
}

/** An entry of which some rows are wanted, or marked, by the query for them. @throws source.*, request.invalid */
export async function subjectByQuery(
  subject: Subject,
  { query, overlapName }: { readonly query: QueryToRun; readonly overlapName: string | undefined },
  { service, request }: Pick<Around, 'service' | 'request'>,
): Promise<Subject> {
  const { fields, bytes } = await service.dryRun({ ...query, mostBytes: request.maxBytesBilled });
  assertCheap(bytes, request, subject.request.name);
  return { ...subject, table: undefined, query, fields, bytes, overlapName };
}

function saysNoMoment({ name, table }: TableRequest): Error {
  return table === undefined
    ? invalidRequest(
        `as-of: the query of ${name} does not say where the moment belongs`,
        'Write {as_of} there: FROM orders FOR SYSTEM_TIME AS OF {as_of}. No other SQL is changed.',
      )
    : invalidRequest(
        `as-of: ${table} is no table, and has no earlier moments`,
        'Give a query over its tables, with {as_of}.',
      );
}

function assertSelect({ statement, fields }: DryRun): void {
  if (statement !== 'SELECT' || fields.length === 0)
    throw invalidRequest(`query: it is ${statement}, and not a SELECT`, 'Give one SELECT; nothing that writes is run.');
  const names = fields.map(({ name }) => name.toLowerCase());
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw invalidRequest(
      `query: two columns are named "${twice}"`,
      `Name them apart: SELECT a.${twice} AS a_${twice}, b.${twice} AS b_${twice} ….`,
    );
}

/** Pages have microseconds at most. @throws request.invalid */
export function assertPaged({ request, fields }: Subject, via: string): void {
  const fine = fields.find(hasPicoseconds);
  if (via !== 'rest' || fine === undefined) return;
  throw invalidRequest(
    `via: rest does not give all digits of "${fine.name}" of ${request.name}, which is ${typeText(fine)}`,
    'Read by the Storage Read API: leave --via out.',
  );
}

/** All rows are read again by their table, and not by a query that would be billed again. @throws request.invalid */
export function assertCountable({ request, table }: Subject, { readsAllKeys }: SourceRequest): void {
  if (readsAllKeys !== true || table !== undefined) return;
  throw invalidRequest(
    `deletes: which rows are gone is told of tables of BigQuery alone, by the Storage Read API, and ${request.name} is read by a query`,
    'Give the table, without --via; or leave --deletes out.',
  );
}

/** Nothing is begun that costs more than it may. @throws request.invalid */
export function assertCheap(bytes: number, { maxBytesBilled }: SourceRequest, name: string): void {
  if (maxBytesBilled === undefined || bytes <= maxBytesBilled) return;
  throw invalidRequest(
    `max-bytes-billed: ${name} reads ${bytes} bytes, and ${maxBytesBilled} may be billed`,
    'Nothing was billed. Raise the limit, or read fewer columns or partitions.',
  );
}

/** The secret parameters of an entry. */
export const secretsOf = ({ query }: Subject): readonly Parameter[] => (query?.parameters ?? []).filter(isSecret);
