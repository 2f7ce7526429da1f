import { TidemarkError } from '../../core/errors.js';
import type { PgConnection } from './connection.js';
import { type ColumnFacts, describe } from './describe.js';
import type { ErrorContext } from './errors/context.js';

/**
 * A statement must give the columns that were planned, by name and type, or its bytes would be decoded as something else.
 * COPY sends no description: so the select in it is described before every read.
 * @throws source.changed; source.* as the server says it
 */
export async function assertDescribedAs(
  planned: readonly ColumnFacts[],
  connection: PgConnection,
  text: string,
  context: ErrorContext,
): Promise<void> {
  const { columns } = await describe(connection, text, context);
  const difference = differenceOf(planned, columns ?? []);
  if (difference === undefined) return;
  throw new TidemarkError(
    'source.changed',
    `the statement does not give the columns that were planned: ${difference}`,
    {
      hint: 'A table, view, type or function was changed since; run again. If it stays so, give every parameter its type: :name::text.',
    },
  );
}

function differenceOf(planned: readonly ColumnFacts[], given: readonly ColumnFacts[]): string | undefined {
  if (given.length !== planned.length) return `${given.length} columns where ${planned.length} were planned`;
  const index = planned.findIndex(({ name, oid, typmod }, i) => {
    const found = given[i]!;
    return found.name !== name || found.oid !== oid || found.typmod !== typmod;
  });
  if (index < 0) return undefined;
  const type = ({ name, oid, typmod }: ColumnFacts): string => `"${name}" of type ${oid}, modifier ${typmod}`;
  return `column ${index + 1} is ${type(given[index]!)} where ${type(planned[index]!)} was planned`;
}
