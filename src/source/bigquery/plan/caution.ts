import { invalidRequest, TidemarkError } from '../../../core/errors.js';
import type { SourceRequest } from '../../../core/source-request.js';
import { formatBytes, formatCount } from '../../../core/units.js';
import type { TableFacts } from '../connection/answers.js';
import type { BigqueryService } from '../connection/service.js';
import { textOf, type TableName } from '../connection/table-name.js';
import { mentions, quotedTable } from './query-text.js';
import type { Subject } from './subject.js';

/** So many columns are seldom all wanted. */
const manyColumns = 100;

interface Partitioned {
  readonly name: TableName;
  readonly column: string;
  readonly bytes: number | undefined;
  readonly isFiltered: boolean;
}

/** What is said of the bill of a subject. */
export interface Cautions {
  /** What may cost more than it must: all partitions, all of many columns. */
  readonly warnings: readonly string[];
  /** The tables of which some partitions are read, with their sizes; undefined: there are none. */
  readonly pruned: string | undefined;
}

/**
 * Looks at partitions and columns. Rows that are new by the column of the partitions are in some of them.
 * @throws request.invalid where partitions have to be chosen (the table says so, or --require-partition-filter), and are not
 */
export async function cautionsOf(
  subject: Subject,
  { requirePartitionFilter, since }: SourceRequest,
  service: BigqueryService,
): Promise<Cautions> {
  const { name, cursor } = subject.request;
  if (subject.table?.facts.requiresFilter === true) throw mustBeFiltered(subject.table);
  const cutBy = since && cursor?.columns[0]?.toLowerCase();
  const found = (await partitionedIn(subject, service)).filter(({ column }) => column.toLowerCase() !== cutBy);
  const [first, ...others] = found.filter(({ isFiltered }) => !isFiltered);
  if (first !== undefined && requirePartitionFilter === true) throw needsFilter(first, name);
  const whole = first === undefined ? [] : [first, ...others];
  const pruned = found.filter(({ isFiltered }) => isFiltered).map(prunedText);
  const warnings = [
    ...whole.map(
      (one) =>
        `${name}: all partitions of ${textOf(one.name)} are read; a query with a filter by ${one.column} reads some of them`,
    ),
    ...(isWide(subject)
      ? [
          `${name}: all of its ${formatCount(subject.fields.length)} columns are read and billed; a query that names some reads those alone`,
        ]
      : []),
  ];
  return { warnings, pruned: pruned.length === 0 ? undefined : pruned.join(', ') };
}

const prunedText = ({ name, column, bytes }: Partitioned): string =>
  `${bytes === undefined ? '' : `${formatBytes(bytes)} of `}${textOf(name)}, partitioned by ${column}`;

/** The partitioned tables that an entry reads; they are filtered where it has a word of the column by which they are cut. */
async function partitionedIn({ table, query }: Subject, service: BigqueryService): Promise<readonly Partitioned[]> {
  const of = (
    name: TableName,
    facts: TableFacts | undefined,
    isFiltered: (column: string) => boolean,
  ): Partitioned[] =>
    facts?.partitionedBy === undefined
      ? []
      : [{ name, column: facts.partitionedBy, bytes: facts.bytes, isFiltered: isFiltered(facts.partitionedBy) }];
  if (table !== undefined) return of(table.name, table.facts, () => false);
  const found: Partitioned[] = [];
  for (const name of query?.relations ?? [])
    found.push(...of(name, await factsOf(name, service), (column) => mentions(query!.sql, column)));
  return found;
}

/** Who may read a table by a query need not be allowed to look at it. */
async function factsOf(name: TableName, service: BigqueryService): Promise<TableFacts | undefined> {
  try {
    return await service.table(name);
  } catch (thrown) {
    if (thrown instanceof TidemarkError && ['source.permission', 'source.not-found'].includes(thrown.code))
      return undefined;
    throw thrown;
  }
}

function isWide({ fields, table, query }: Subject): boolean {
  return fields.length > manyColumns && (table !== undefined || /\bSELECT\s+\*/i.test(query!.sql));
}

function mustBeFiltered({
  name,
  facts: { partitionedBy: column = 'its partitions' },
}: NonNullable<Subject['table']>): TidemarkError {
  return invalidRequest(
    `table: ${textOf(name)} can only be read with a filter by ${column}`,
    `Give a query: --query 'SELECT * FROM ${quotedTable(name)} FOR SYSTEM_TIME AS OF {as_of} WHERE ${column} >= …'.`,
  );
}

function needsFilter({ name, column }: Partitioned, entry: string): TidemarkError {
  return invalidRequest(
    `require-partition-filter: ${entry} reads all partitions of ${textOf(name)}`,
    `Give a query with a filter by ${column}.`,
  );
}
