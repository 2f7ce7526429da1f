import { invalidRequest, TidemarkError } from '../../../core/errors.js';
import type { SourceRequest } from '../../../core/source.js';
import { formatCount } from '../../../core/units.js';
import { type BigqueryService, textOf } from '../connection/service.js';
import { mentions, quotedTable, type TableName } from './query-text.js';
import type { Subject } from './subject.js';

/** So many columns are seldom all wanted. */
const manyColumns = 100;

interface Partitioned {
  readonly name: TableName;
  readonly column: string;
}

/**
 * What may cost more than it must: all partitions, all of many columns.
 * @returns warnings
 * @throws request.invalid where partitions have to be chosen (the table says so, or --require-partition-filter), and are not
 */
export async function cautionsOf(
  subject: Subject,
  { requirePartitionFilter }: SourceRequest,
  service: BigqueryService,
): Promise<readonly string[]> {
  const { name } = subject.request;
  if (subject.table?.facts.requiresFilter === true) throw mustBeFiltered(subject.table);
  const [first, ...others] = await unfiltered(subject, service);
  if (first !== undefined && requirePartitionFilter === true) throw needsFilter(first, name);
  const whole = first === undefined ? [] : [first, ...others];
  return [
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
}

/** The partitioned tables that an entry reads without a word of the column by which they are cut. */
async function unfiltered({ table, query }: Subject, service: BigqueryService): Promise<readonly Partitioned[]> {
  if (table !== undefined) {
    const { partitionedBy: column } = table.facts;
    return column === undefined ? [] : [{ name: table.name, column }];
  }
  const found: Partitioned[] = [];
  for (const name of query?.relations ?? []) {
    const column = await partitionColumn(name, service);
    if (column !== undefined && !mentions(query!.sql, column)) found.push({ name, column });
  }
  return found;
}

/** Who may read a table by a query need not be allowed to look at it. */
async function partitionColumn(name: TableName, service: BigqueryService): Promise<string | undefined> {
  try {
    return (await service.table(name)).partitionedBy;
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
