import type { TablePlan } from '../../../core/source.js';
import type { UnloadRequest } from '../../../core/source-request.js';
import { readFromFolders } from '../../../core/target-place.js';
import type { Column } from '../../../core/types.js';
import type { ColumnFacts } from '../../postgres-protocol/describe.js';
import { quoteIdentifier } from '../../postgres-protocol/quote.js';
import { type ReadStatement, statementOf } from './statement.js';
import { ruleOf } from './type-rule.js';

/** Types that UNLOAD cannot write as Parquet, or not as the text that rows come with; by what gives that text. */
const texts: Readonly<Record<number, (quoted: string) => string>> = {
  3000: (quoted) => `ST_AsHexEWKB(${quoted})`,
  3001: (quoted) => `ST_AsHexEWKB(${quoted})`,
};

const asVarchar = (quoted: string): string => `${quoted}::varchar`;

/** The rows of a table as a query whose columns UNLOAD can write, with the values that they have when rows are asked for. */
export function unloadQuery(statement: ReadStatement, table: number): string {
  const columns = statement.columns.map(({ facts, expression }) => {
    // What is read beside the columns is a small number.
    const own = expression === undefined ? unloadedAs(facts) : `(${expression})::smallint`;
    return own === undefined ? { facts } : { facts, expression: own };
  });
  const from = statement.unloadFrom ?? statement.from;
  const { sql } = statementOf({ ...statement, from, columns, whole: undefined }, { table });
  // UNLOAD takes no LIMIT but inside.
  return statement.limit === undefined ? sql : `SELECT * FROM (${sql}) AS q`;
}

/** What stands for a column; undefined: its name. */
function unloadedAs(facts: ColumnFacts): string | undefined {
  const { type } = ruleOf(facts);
  const isText = [25, 1042, 1043].includes(facts.oid);
  if (type.kind !== 'text' || isText) return undefined;
  return (texts[facts.oid] ?? asVarchar)(quoteIdentifier(facts.name));
}

/** Redshift's string constants know backslashes. */
const constant = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;

/** Columns by which Redshift puts files into folders; none where it would name some otherwise than they are told here. */
export function unloadFolders(
  { columns }: Pick<TablePlan, 'columns'>,
  wanted: readonly string[] = [],
): readonly string[] {
  const kindOf = (name: string): Column['type']['kind'] | undefined =>
    columns.find((column) => column.name === name && !column.hidden)?.type.kind;
  return wanted.every((name) => readFromFolders.some((kind) => kind === kindOf(name))) ? wanted : [];
}

/**
 * `UNLOAD` of a query into Parquet files, with a manifest beside them.
 * @param place `folder`: inside of the run's place; `by`: columns by whose values there are folders in it
 * @see https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html
 */
export function unloadStatement(
  query: string,
  { folder, by }: { readonly folder: string; readonly by: readonly string[] },
  { to, region, kmsKey, role }: UnloadRequest & { readonly role: string },
): string {
  return [
    `UNLOAD (${constant(query)})`,
    `TO ${constant(`${to}/${folder}/`)}`,
    `IAM_ROLE ${role === 'default' ? 'default' : constant(role)}`,
    'FORMAT PARQUET',
    // Without INCLUDE the files would not have the columns.
    ...(by.length === 0 ? [] : [`PARTITION BY (${by.map(quoteIdentifier).join(', ')}) INCLUDE`]),
    'MANIFEST VERBOSE',
    ...(kmsKey === undefined ? [] : [`KMS_KEY_ID ${constant(kmsKey)} ENCRYPTED`]),
    ...(region === undefined ? [] : [`REGION ${constant(region)}`]),
  ].join(' ');
}
