import type pg from 'pg';
import { TidemarkError } from '../../core/errors.js';
import type { PgConnection } from './connect.js';
import type { ErrorContext } from './errors.js';
import type { TypeFacts } from './types.js';

/** A column of a relation or a result, before its type is looked up. */
export interface ColumnFacts {
  readonly name: string;
  readonly oid: number;
  readonly typmod: number;
}

/** Parse and Describe, without running anything: whatever the text is, it cannot do more than be looked at. */
class Describe implements pg.Submittable {
  private fields: readonly pg.FieldDef[] | undefined;
  private error: unknown;

  constructor(
    private readonly text: string,
    private readonly done: (error: unknown, fields: readonly pg.FieldDef[] | undefined) => void,
  ) {}

  submit(connection: pg.Connection): void {
    connection.parse({ name: '', text: this.text, types: [] }, true);
    connection.describe({ type: 'S', name: '' }, true);
    connection.sync();
  }

  handleRowDescription(message: { fields: pg.FieldDef[] }): void {
    this.fields = message.fields;
  }

  handleError(error: unknown): void {
    this.error = error;
    this.done(error, undefined);
  }

  handleReadyForQuery(): void {
    if (this.error === undefined) this.done(undefined, this.fields);
  }
}

/** The columns of a statement's result; undefined for a statement that returns no rows. */
async function describe(
  connection: PgConnection,
  text: string,
  context: ErrorContext,
): Promise<ColumnFacts[] | undefined> {
  const fields = await connection.run(
    () =>
      new Promise<readonly pg.FieldDef[] | undefined>((resolve, reject) => {
        const statement = new Describe(text, (error, found) => (error ? reject(error as Error) : resolve(found)));
        connection.client.query(statement);
      }),
    context,
  );
  return fields?.map((field) => ({ name: field.name, oid: field.dataTypeID, typmod: field.dataTypeModifier }));
}

/**
 * The columns of the user's query, which must be one SELECT (VALUES, TABLE, WITH … SELECT) whose columns have distinct names.
 * @param text with `$1`, `$2`, …
 * @throws source.sql, source.not-found, … as the server says; request.invalid
 */
export async function describeQuery(
  connection: PgConnection,
  text: string,
  secrets: readonly string[],
): Promise<ColumnFacts[]> {
  const columns = await describe(connection, text, { doing: 'query', sql: { text, offset: 0 }, secrets });
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
      hint: `Name them apart: SELECT a.${twice} AS a_${twice}, b.${twice} AS b_${twice} …`,
    });
  }
  return columns;
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
    `SELECT attname AS name, atttypid AS oid, atttypmod AS typmod FROM pg_attribute
      WHERE attrelid = $1 AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
    [oid],
  );
}

/**
 * The catalog's facts of column types, domains followed down to the type under them. Names of users' own types come with
 * their schema always, also where the search path would do without: the manifest must not depend on who reads.
 */
export async function typeFacts(connection: PgConnection, columns: readonly ColumnFacts[]): Promise<TypeFacts[]> {
  return connection.query<{ name: string; oid: number; typmod: number; kind: string; domain: boolean }>(
    `WITH RECURSIVE asked AS (
       SELECT * FROM unnest($1::oid[], $2::int4[]) WITH ORDINALITY AS a(oid, typmod, place)
     ), resolved AS (
       SELECT a.place, t.oid, a.typmod, t.typtype, t.typbasetype, t.typtypmod, false AS domain
         FROM asked a JOIN pg_type t ON t.oid = a.oid
       UNION ALL
       SELECT r.place, t.oid, r.typtypmod, t.typtype, t.typbasetype, t.typtypmod, true
         FROM resolved r JOIN pg_type t ON t.oid = r.typbasetype
        WHERE r.typtype = 'd'
     )
     SELECT CASE WHEN n.nspname = 'pg_catalog' OR NOT pg_type_is_visible(a.oid) THEN '' ELSE quote_ident(n.nspname) || '.' END
              || format_type(a.oid, a.typmod) AS name,
            COALESCE(r.oid, a.oid) AS oid, COALESCE(r.typmod, a.typmod) AS typmod,
            COALESCE(r.typtype::text, '?') AS kind, COALESCE(r.domain, false) AS domain
       FROM asked a JOIN pg_type t ON t.oid = a.oid JOIN pg_namespace n ON n.oid = t.typnamespace
       LEFT JOIN resolved r ON r.place = a.place AND r.typtype <> 'd'
      ORDER BY a.place`,
    [columns.map((column) => column.oid), columns.map((column) => column.typmod)],
  );
}
