import path from 'node:path';
import { TidemarkError } from '../../core/errors.js';
import type { TableRequest } from '../../core/source-request.js';
import { decodeText } from './encoding.js';
import { readGivenFile, reason } from './given-file.js';
import { noteProblem, type Problem } from './problems.js';
import type { OptionContext, OptionSet } from './read.js';
import type { OptionValues } from './table.js';
import type { TableOptions } from './table-options.js';

/** A table or query to read, and the options that it has for itself. */
export interface AskedTable {
  readonly request: TableRequest;
  readonly own: TableOptions;
}

/** What is to be read, as options say it; queries' files are read here. `queryName` names a query inside the version. */
export async function resolveTables(
  set: OptionSet,
  queryName: string,
  context: OptionContext,
  problems: Problem[],
): Promise<readonly AskedTable[]> {
  const { tables } = set.values;
  if (tables === undefined) {
    const requests = await commonTables(set, queryName, context, problems);
    return requests.map((request) => ({ request, own: {} }));
  }
  const asked: AskedTable[] = [];
  for (const [name, own] of Object.entries(tables)) {
    const request = await ownTable(name, own, set, context).catch((thrown: unknown) => {
      noteProblem(problems, thrown);
      return undefined;
    });
    if (request !== undefined) asked.push({ request, own });
  }
  return asked;
}

/** One of `tables`. @throws request.invalid where it says not once what is to be read */
async function ownTable(
  name: string,
  own: TableOptions,
  { values, origins }: OptionSet,
  { cwd }: OptionContext,
): Promise<TableRequest> {
  const { label, base = cwd } = origins.get('tables')!;
  const given = (['table', 'query', 'query-file'] as const).filter((key) => own[key] !== undefined);
  if (given.length !== 1) {
    const what = given.length === 0 ? 'has none of table, query and query-file' : `has ${given.join(' and ')}`;
    throw new TidemarkError('request.invalid', `${label}: ${name} ${what}`, { hint: 'Give one of them.' });
  }
  const { table, query, 'query-file': file } = own;
  const text = file === undefined ? query : await readQuery(path.resolve(base, file), `${label}: ${name}.query-file`);
  return {
    name,
    ...(table !== undefined && { table }),
    ...(text !== undefined && { query: text }),
    casts: { ...values.cast, ...own.cast },
    redacted: [...new Set([...(values['redact-stats'] ?? []), ...(own['redact-stats'] ?? [])])],
    limit: own.limit ?? values.limit,
    dateColumn: own['date-column'] ?? values['date-column'],
    ...cursorOf(values, own.cursor),
  };
}

function cursorOf(values: OptionValues, own?: readonly string[]): Pick<TableRequest, 'cursor'> {
  const columns = own ?? values.cursor;
  if (columns === undefined) return {};
  const { lag, 'cursor-floor': floor, 'null-cursor': nulls = 'fail' } = values;
  return { cursor: { columns, lag, floor, nulls } };
}

async function commonTables(
  { values, origins, warnings }: OptionSet,
  queryName: string,
  context: OptionContext,
  problems: Problem[],
): Promise<TableRequest[]> {
  const common = {
    casts: values.cast ?? {},
    redacted: values['redact-stats'] ?? [],
    limit: values.limit,
    dateColumn: values['date-column'],
    ...cursorOf(values),
  };
  if (values.query !== undefined) return [{ name: queryName, query: values.query, ...common }];
  if (values['query-file'] !== undefined) {
    const file = path.resolve(origins.get('query-file')?.base ?? context.cwd, values['query-file']);
    return [{ name: queryName, query: await readQuery(file, origins.get('query-file')!.label), ...common }];
  }
  const tables = (values.table ?? []).map(({ name, table }) => ({
    name: name ?? relationName(table),
    table,
    ...common,
  }));
  if (tables.length === 0 && !['table', 'tables', 'query', 'query-file'].some((key) => isGiven(key, origins))) {
    problems.push({
      code: 'request.invalid',
      message: 'nothing to read is given: table, query or query-file is missing',
      hint: [...warnings, 'For example: --table customers, or --query "SELECT * FROM customers".'].join('\n'),
    });
  }
  return tables;
}

/** The last part of a relation's name, without quotes: `sales."Order lines"` → `Order lines`. */
export function relationName(table: string): string {
  const last = /(?:"((?:[^"]|"")+)"|([^."]+))$/.exec(table.trim());
  return last?.[1]?.replaceAll('""', '"') ?? last?.[2] ?? table;
}

function isGiven(key: string, origins: OptionSet['origins']): boolean {
  return [...origins.keys()].some((given) => given === key);
}

async function readQuery(file: string, label: string): Promise<string> {
  const bytes = await readGivenFile(file).catch((cause: unknown) => {
    throw new TidemarkError('request.invalid', `${label}: ${file} cannot be read: ${reason(cause)}`, {
      hint: 'A relative path starts from the working folder; in a YAML file, from the folder of that file.',
      cause,
    });
  });
  const query = decodeText(bytes, `${label}: ${file}`).trim();
  if (query === '') {
    throw new TidemarkError('request.invalid', `${label}: ${file} is empty`, { hint: 'Write one SELECT into it.' });
  }
  return query;
}
