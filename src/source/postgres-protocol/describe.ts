import type pg from 'pg';
import { TidemarkError } from '../../core/errors.js';
import type { PgConnection } from './connection.js';
import type { ErrorContext } from './errors/from-pg.js';

/** A column of a relation or a result, before its type is looked up. */
export interface ColumnFacts {
  readonly name: string;
  readonly oid: number;
  readonly typmod: number;
}

/** What a statement takes and gives, as the server resolved it. */
export interface Description {
  /** The types of `$1`, `$2`, …: each has one over the whole statement. */
  readonly parameterTypes: readonly number[];
  /** Undefined for a statement that returns no rows. */
  readonly columns: readonly ColumnFacts[] | undefined;
}

/** Parse and Describe, without running anything: whatever the text is, it cannot do more than be looked at. */
class Describe implements pg.Submittable {
  private parameterTypes: readonly number[] = [];
  private fields: readonly pg.FieldDef[] | undefined;
  private settled: (() => void) | undefined;

  constructor(
    private readonly text: string,
    private readonly resolve: (description: Description) => void,
    private readonly reject: (error: Error) => void,
  ) {}

  submit(connection: pg.Connection): void {
    // pg's client has no callback for this message.
    const takeTypes = ({ dataTypeIDs }: { dataTypeIDs: number[] }): void => {
      this.parameterTypes = dataTypeIDs;
    };
    connection.on('parameterDescription', takeTypes);
    this.settled = () => connection.removeListener('parameterDescription', takeTypes);
    connection.parse({ name: '', text: this.text, types: [] }, true);
    connection.describe({ type: 'S', name: '' }, true);
    connection.sync();
  }

  handleRowDescription(message: { fields: pg.FieldDef[] }): void {
    this.fields = message.fields;
  }

  handleError(error: Error): void {
    this.settled?.();
    this.reject(error);
  }

  handleReadyForQuery(): void {
    this.settled?.();
    const { parameterTypes, fields } = this;
    const columns = fields?.map(({ name, dataTypeID, dataTypeModifier }) => {
      return { name, oid: dataTypeID, typmod: dataTypeModifier };
    });
    this.resolve({ parameterTypes, columns });
  }
}

/** What a statement takes and gives. @throws source.* as the server says it */
export function describe(connection: PgConnection, text: string, context: ErrorContext): Promise<Description> {
  const work = (): Promise<Description> =>
    new Promise((resolve, reject) => {
      connection.client.query(new Describe(text, resolve, reject));
    });
  return connection.run(work, context);
}

/**
 * What the user's query takes and gives. It must be one SELECT (VALUES, TABLE, WITH … SELECT) whose columns have distinct names.
 * @param text with `$1`, `$2`, …
 * @throws source.sql, source.not-found, … as the server says; request.invalid
 */
export async function describeQuery(
  connection: PgConnection,
  text: string,
  secrets: readonly string[],
): Promise<Description & { readonly columns: readonly ColumnFacts[] }> {
  const context = { doing: 'query', sql: { text, offset: 0 }, secrets };
  const { parameterTypes, columns } = await describe(connection, text, context);
  if (!columns) throw notSelect();
  const before = 'SELECT * FROM (\n';
  try {
    await describe(connection, `${before}${text}\n) AS q`, { sql: { text, offset: before.length }, secrets });
  } catch (error) {
    // By itself it parsed: what cannot stand in a sub-select is SHOW, EXPLAIN, INSERT … RETURNING and the like.
    const failure = TidemarkError.from(error);
    throw failure.code === 'source.sql' || failure.code === 'source.unsupported' ? notSelect(failure) : failure;
  }
  if (columns.length === 0) throw new TidemarkError('request.invalid', 'query: its result has no columns');
  const names = columns.map((column) => column.name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new TidemarkError('request.invalid', `query: two columns are named "${twice}"`, {
      hint:
        twice === '?column?'
          ? 'Columns that are computed need names: SELECT 1 AS first, 2 AS second …'
          : `Name them apart: SELECT a.${twice} AS a_${twice}, b.${twice} AS b_${twice} …`,
    });
  }
  return { parameterTypes, columns };
}

function notSelect(cause?: TidemarkError): TidemarkError {
  return new TidemarkError('request.invalid', 'query: it is not a SELECT', {
    hint: 'Give one SELECT, VALUES, TABLE or WITH … SELECT; nothing that writes is run.',
    ...(cause && { cause }),
  });
}

/** The columns of a table: generated ones are in, dropped ones are not. */
export async function describeTable(connection: PgConnection, oid: number): Promise<ColumnFacts[]> {
  return connection.query<{ name: string; oid: number; typmod: number }>(
    `SELECT attname AS name, atttypid AS oid, atttypmod AS typmod FROM pg_catalog.pg_attribute
      WHERE attrelid OPERATOR(pg_catalog.=) $1 AND attnum OPERATOR(pg_catalog.>) 0 AND NOT attisdropped ORDER BY attnum`,
    [oid],
  );
}
