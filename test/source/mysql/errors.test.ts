import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TidemarkError } from '../../../src/core/errors.js';
import { connect } from '../../../src/source/mysql/connection/connect.js';
import type { MysqlConnection } from '../../../src/source/mysql/connection/connection.js';
import { type ErrorContext, fromMysql } from '../../../src/source/mysql/connection/errors.js';
import { resolveConnection } from '../../../src/source/mysql/connection/settings/resolve.js';
import { freshMariadb, type MariadbDatabase } from '../../servers/mariadb.js';
import { withMariadb } from '../../servers/with-mariadb.js';

withMariadb('messages of the server', (server) => {
  let database: MariadbDatabase;
  let owner: MysqlConnection;
  let reader: MysqlConnection;
  const doing = 'reading t';

  const connectAs = (user: string): Promise<MysqlConnection> => {
    const url = `mysql://${user}@${server.host}:${server.port}/${database.name}`;
    const settings = resolveConnection({ url, env: {}, home: '/nonexistent' });
    return connect(settings, { signal: new AbortController().signal, purpose: 'test', stallLimit: 60_000 });
  };

  beforeAll(async () => {
    database = await freshMariadb(server);
    const user = `u_${database.name}`;
    await database.query(`CREATE TABLE t (n int PRIMARY KEY, hidden varchar(400)); CREATE TABLE open (n int);
      INSERT INTO t VALUES (1, 'geheim'), (2, 'it''s geheim'), (3, CONCAT('geheim', REPEAT('x', 390)));
      CREATE VIEW broken AS SELECT n FROM open; CREATE USER ${user};
      GRANT SELECT ON ${database.name}.open TO ${user}; GRANT SELECT (n) ON ${database.name}.t TO ${user};
      ALTER TABLE open RENAME COLUMN n TO m`);
    [owner, reader] = await Promise.all([connectAs(server.user), connectAs(user)]);
  });
  afterAll(async () => {
    await Promise.all([owner.close(), reader.close()]);
    await database.query(`DROP USER u_${database.name}`);
    await database.drop();
  });

  async function failure(sql: string, context: ErrorContext = {}, session = owner): Promise<TidemarkError> {
    const error: unknown = await session.query(sql, [], { doing, ...context }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TidemarkError);
    expect(error).toMatchObject({ exitCode: 3, hint: expect.stringMatching(/./) as string });
    return error as TidemarkError;
  }

  it.each<[string, string, string, string]>([
    ['a table of others', 'SELECT * FROM mysql.user', 'source.permission', 'SELECT command denied'],
    ['a column of others', 'SELECT hidden FROM t', 'source.permission', "for column 'hidden'"],
    ['a database of others', 'USE mysql', 'source.permission', 'Access denied'],
    ['a missing right', 'FLUSH TABLES', 'source.permission', 'RELOAD'],
  ])('%s', async (_, sql, code, text) => {
    const error = await failure(sql, {}, reader);
    expect(error).toMatchObject({ code, retryable: false });
    expect(error.message).toMatch(/^reading t: /);
    expect(error.message).toContain(text);
  });

  it.each<[string, string, string, string]>([
    ['a missing table', 'SELECT * FROM nowhere', 'source.not-found', "nowhere' doesn't exist"],
    ['a missing column', 'SELECT nothing FROM t', 'source.not-found', "Unknown column 'nothing'"],
    ['a missing database', 'SELECT * FROM nodb.t', 'source.not-found', 'nodb'],
    ['a view that is broken', 'SELECT * FROM broken', 'source.permission', 'references invalid'],
    ['wrong SQL', 'SELEKT 1', 'source.sql', "near 'SELEKT 1'"],
    ['a value that does not fit', 'SELECT 9223372036854775807 + 1', 'source.sql', 'out of range'],
    ['a statement that writes', 'INSERT INTO t VALUES (9, NULL)', 'source.sql', 'READ ONLY transaction'],
    ['words of a function', `SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'in own words'`, 'source.sql', 'in own words'],
    [
      'a limit of the server',
      'SET STATEMENT max_statement_time = 0.05 FOR SELECT COUNT(*) FROM seq_1_to_10000000 a, seq_1_to_10000 b',
      'source.timeout',
      'interrupted',
    ],
  ])('%s', async (_, sql, code, text) => {
    if (sql.startsWith('INSERT')) await owner.query('START TRANSACTION READ ONLY');
    const error = await failure(sql);
    expect(error).toMatchObject({ code, retryable: false });
    expect(error.message).toContain(text);
    await owner.query('ROLLBACK');
  });

  it('a statement that somebody kills, and a table that somebody holds', async () => {
    const killed = failure('SELECT COUNT(*) FROM seq_1_to_10000000 a, seq_1_to_10000 b');
    await expect
      .poll(() => database.query(`SELECT 1 FROM information_schema.PROCESSLIST WHERE ID = ${owner.id} AND INFO <> ''`))
      .toHaveLength(1);
    await database.query(`KILL QUERY ${owner.id}`);
    expect(await killed).toMatchObject({ code: 'source.timeout' });

    const other = await database.connect();
    await other.query('LOCK TABLES t WRITE');
    await owner.query('SET lock_wait_timeout = 0');
    expect(await failure('SELECT * FROM t')).toMatchObject({ code: 'source.locked', retryable: true });
    // The server notices that a client has left in its own time.
    await other.query('UNLOCK TABLES');
    await other.end();
  });

  it.each([false, true])(
    'a value of a row is in a message only where it may be seen (hidden: %s)',
    async (hideValues) => {
      await owner.query('CREATE TEMPORARY TABLE IF NOT EXISTS once (word varchar(400) UNIQUE)');
      const error = await failure('INSERT INTO once SELECT hidden FROM t, seq_1_to_2', { hideValues });
      expect(error.message).toContain('Duplicate entry');
      expect(`${error.message} ${error.hint} ${String(error.cause)}`.includes('geheim')).toBe(!hideValues);
    },
  );
});

interface Said {
  readonly code?: string;
  readonly errno?: number;
  readonly sqlMessage?: string;
}

/** As mysql2 throws it. */
const thrown = ({ sqlMessage, ...rest }: Said): Error =>
  Object.assign(
    new Error(sqlMessage ?? 'low level'),
    rest,
    sqlMessage !== undefined && { sqlMessage, sqlState: 'HY000' },
  );

describe('what a server of the tests does not say', () => {
  it.each<[Said, string, boolean, string]>([
    [{ code: 'ER_CON_COUNT_ERROR', sqlMessage: 'x' }, 'source.unreachable', true, 'no free connection'],
    [{ code: 'ER_HOST_NOT_PRIVILEGED', sqlMessage: 'x' }, 'source.auth', false, 'x'],
    [{ code: 'ER_TABLE_DEF_CHANGED', sqlMessage: 'x' }, 'source.changed', false, 'x'],
    [{ code: 'ER_SERVER_SHUTDOWN', sqlMessage: 'x' }, 'source.lost', true, 'x'],
    // Numbers for which mysql2 has no name, or that of another server.
    [{ errno: 3024, sqlMessage: 'x' }, 'source.timeout', false, 'x'],
    [{ errno: 1969, sqlMessage: 'x' }, 'source.timeout', false, 'x'],
    [{ errno: 4031, sqlMessage: 'x' }, 'source.lost', true, 'x'],
    [{ errno: 9999, code: 'ER_NEW', sqlMessage: 'x' }, 'source.sql', false, 'x'],
    [{ code: 'AUTH_SWITCH_PLUGIN_ERROR' }, 'source.auth', false, 'low level'],
    [{ code: 'MYSQL_CLEAR_PASSWORD_NOT_ENABLED' }, 'source.auth', false, 'plain text'],
    [{ code: 'PROTOCOL_CONNECTION_LOST' }, 'source.lost', true, 'low level'],
    [{ code: 'ECONNRESET' }, 'source.lost', true, 'low level'],
    [{ code: 'EAI_AGAIN' }, 'source.unreachable', true, 'cannot be looked up'],
    [{ code: 'EHOSTUNREACH' }, 'source.unreachable', true, 'no route'],
    [{ code: 'CERT_HAS_EXPIRED' }, 'source.tls', false, 'has expired'],
    [{ code: 'HANDSHAKE_SSL_ERROR' }, 'source.tls', false, 'TLS failed: low level'],
    [{ code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED' }, 'source.tls', false, 'TLS failed: low level'],
    [{}, 'source.lost', true, 'low level'],
  ])('%j is %s', (said, code, retryable, text) => {
    for (const error of [thrown(said), new AggregateError([thrown(said)])]) {
      const told = fromMysql(error, { doing: 'reading t' });
      expect(told).toMatchObject({ code, retryable, exitCode: 3 });
      expect(told.message).toMatch(/^reading t: /);
      expect(told.message).toContain(text);
      expect(told.hint).toBeTruthy();
    }
  });

  it('keeps what is a TidemarkError already', () => {
    const error = new TidemarkError('data.misfit', 'x');
    expect(fromMysql(error)).toBe(error);
  });
});

describe('what may not be seen', () => {
  const hidden = { hideValues: true };
  const secret = { secrets: ['hunter2'] };
  const wrong = 'ER_WRONG_VALUE';

  it.each<[string, string, string, ErrorContext, string]>([
    ['a value', wrong, "Incorrect value: 'abc' for column a", hidden, "Incorrect value: '***' for column a"],
    ['where a parameter is secret', wrong, "Incorrect value: 'abc'", secret, "Incorrect value: '***'"],
    ['where nothing is secret', wrong, "Incorrect value: 'abc'", {}, "Incorrect value: 'abc'"],
    ['with quotes', wrong, `Incorrect value: 'a'b"c' at row 1`, hidden, "Incorrect value: '***' at row 1"],
    ['in other quotes', wrong, `Incorrect value: "a'b" at row 1`, hidden, "Incorrect value: '***' at row 1"],
    ['over lines', wrong, "Incorrect value: 'a\nb'", hidden, "Incorrect value: '***'"],
    ['that is cut off', wrong, "Incorrect value: 'abc", hidden, "Incorrect value: '***'"],
    ['in own words', 'ER_SIGNAL_EXCEPTION', 'abc is no name', hidden, '***'],
    ['a secret without quotes', 'ER_SIGNAL_EXCEPTION', 'not hunter2!', secret, 'not ***!'],
    ['the longest secret', 'ER_UNKNOWN', 'is hunter22', { secrets: ['hunter2', '', 'hunter22'] }, 'is ***'],
    ['a name can', 'ER_BAD_FIELD_ERROR', "Unknown column 'emial'", { ...hidden, ...secret }, "Unknown column 'emial'"],
    ['but a secret cannot', 'ER_BAD_FIELD_ERROR', "Unknown column 'hunter2'", secret, "Unknown column '***'"],
    ['words of the query can', 'ER_PARSE_ERROR', "Wrong near 'SELEKT'", hidden, "Wrong near 'SELEKT'"],
  ])('%s', (_, code, sqlMessage, context, expected) => {
    const { message, cause } = fromMysql(thrown({ code, sqlMessage }), context);
    expect(message).toBe(expected);
    expect(String(cause)).toBe(`Error: ${expected}`);
  });
});
