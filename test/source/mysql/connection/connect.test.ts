import { createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TidemarkError } from '../../../../src/core/errors.js';
import { connect } from '../../../../src/source/mysql/connection/connect.js';
import { resolveConnection } from '../../../../src/source/mysql/connection/settings/resolve.js';
import { freshMariadb, type MariadbDatabase } from '../../../servers/mariadb.js';
import { withMariadb } from '../../../servers/with-mariadb.js';
import { connectTo, encryption, failure, never, oddPassword } from './connect-to.js';

withMariadb('connecting', (shared) => {
  let database: MariadbDatabase;
  const at = (user: string, password = oddPassword, host = '127.0.0.1'): string =>
    `mysql://${user}:${encodeURIComponent(password)}@${host}:${shared.port}/${database.name}`;
  const userName = (): string => `u_${database.name}`;

  beforeAll(async () => {
    database = await freshMariadb(shared);
    await database.query(`CREATE USER ${userName()} IDENTIFIED BY ?`, [oddPassword]);
    await database.query(`GRANT SELECT ON ${database.name}.* TO ${userName()}`);
  });
  afterAll(async () => {
    await database.query(`DROP USER ${userName()}`);
    await database.drop();
  });

  describe('a session', () => {
    it.each([['127.0.0.1'], ['localhost']])(
      'by TCP to %s is of the user and database that were named',
      async (host) => {
        const connection = await connectTo(at(userName(), oddPassword, host));
        const [row] = await connection.query(`SELECT SUBSTRING_INDEX(USER(), '@', 1) AS user, DATABASE() AS db`);
        expect(row).toEqual({ user: userName(), db: database.name });
        // Sessions that follow go to the address that answered, whatever the name means by then.
        expect(connection.settings.address).toBe('127.0.0.1');
        await connection.close();
      },
    );

    it('is waited for without a limit where connect-timeout is 0', async () => {
      const connection = await connectTo(`${at(userName())}?connect-timeout=0`);
      // Told nothing, mysql2 would give up after 10 s.
      expect(connection.client.config.connectTimeout).toBe(0);
      await connection.close();
    });

    it('by a unix socket is not encrypted, whatever is asked', async () => {
      const { socket, user } = shared;
      const rest = `${database.name}?ssl-mode=REQUIRED`;
      const ways = [`@/${rest}&socket=${encodeURIComponent(socket)}`, `@${encodeURIComponent(socket)}/${rest}`];
      for (const way of ways) {
        const connection = await connectTo(`mysql://${user}${way}`);
        expect(connection.settings.address).toBeUndefined();
        expect(await encryption(connection)).toBe(false);
      }
    });

    it('cannot be made to send a file of this machine', async () => {
      const connection = await connectTo(`mysql://${shared.user}@127.0.0.1:${shared.port}/${database.name}`);
      await connection.query('CREATE TABLE IF NOT EXISTS taken (line text)');
      const asked = connection.query(`LOAD DATA LOCAL INFILE '/etc/hostname' INTO TABLE taken`);
      await expect(asked).rejects.toThrow('not allowed');
      await connection.close();
    });

    it('ends with the signal', async () => {
      const controller = new AbortController();
      const connection = await connectTo(at(userName()), controller.signal);
      const statement = connection.query('SELECT SLEEP(60)');
      await sleep(100);
      controller.abort(new TidemarkError('interrupted.sigterm', 'interrupted'));
      await expect(statement).rejects.toMatchObject({ code: 'interrupted.sigterm' });
      await expect(connection.lost).rejects.toMatchObject({ code: 'interrupted.sigterm' });
    });

    it.each([false, true])('tells when the server ends it (while busy: %s)', async (busy) => {
      const connection = await connectTo(at(userName()));
      const statement = busy ? connection.query('SELECT SLEEP(60)') : undefined;
      const outcome = statement && expect(statement).rejects.toMatchObject({ code: 'source.lost', retryable: true });
      await sleep(100);
      await database.query(`KILL ${connection.id}`);
      await expect(connection.lost).rejects.toMatchObject({ code: 'source.lost', retryable: true });
      await outcome;
      await connection.close();
    });

    it('is given up when the server is silent for too long', async () => {
      const settings = resolveConnection({ url: at(userName()), env: {}, home: '/nonexistent' });
      const connection = await connect(settings, { signal: never, purpose: 'test', stallLimit: 200 });
      const statement = connection.query('SELECT SLEEP(60)');
      await expect(statement).rejects.toMatchObject({ code: 'source.timeout' });
      await connection.close();
    });
  });

  describe('failures', () => {
    it.each<[string, () => string, string, string]>([
      ['a wrong password', () => at(userName(), 'wrong'), 'source.auth', 'Access denied for user'],
      ['no password', () => at(userName()).replace(/:[^:@]*@/, '@'), 'source.auth', 'Access denied for user'],
      ['an unknown user', () => at('nobody'), 'source.auth', 'nobody'],
      [
        'an unknown database',
        () => `mysql://${shared.user}@127.0.0.1:${shared.port}/nowhere`,
        'source.not-found',
        "Unknown database 'nowhere'",
      ],
      ['a database of others', () => at(userName()).replace(/[^/]*$/, 'mysql'), 'source.permission', 'Access denied'],
      ['a closed port', () => 'mysql://u@127.0.0.1:1/d', 'source.unreachable', '127.0.0.1:1: nothing listens there'],
      [
        'a closed port of two addresses',
        () => 'mysql://u@localhost:1/d',
        'source.unreachable',
        'nothing listens there',
      ],
      ['a missing socket', () => 'mysql://u@%2Fno%2Fwhere/d', 'source.unreachable', '/no/where: there is no such unix'],
      ['an unknown name', () => 'mysql://u@no.such.invalid/d', 'source.unreachable', 'no.such.invalid:3306'],
    ])('%s', async (_, url, code, text) => {
      const error = await failure(url());
      expect(error.message).toContain(text);
      expect(error).toMatchObject({ code, exitCode: 3 });
      expect(error.hint).toBeTruthy();
    });

    it('an account that has as many sessions as it may', async () => {
      await database.query(`ALTER USER ${userName()} WITH MAX_USER_CONNECTIONS 1`);
      const only = await connectTo(at(userName()));
      expect(await failure(at(userName()))).toMatchObject({ code: 'source.unreachable', retryable: true });
      await only.close();
      await database.query(`ALTER USER ${userName()} WITH MAX_USER_CONNECTIONS 0`);
    });
  });
});

describe('a server that does not answer', () => {
  let silent: Server;
  let port: number;
  beforeAll(async () => {
    silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    port = (silent.address() as { port: number }).port;
  });
  afterAll(() => void silent.close());

  it('is given up after connect-timeout', async () => {
    const error = await failure(`mysql://u@127.0.0.1:${port}/d?connect-timeout=1`);
    expect(error).toMatchObject({ code: 'source.unreachable', retryable: true });
    expect(error.message).toContain('no answer in time');
    expect(error.hint).toContain('connect-timeout');
  });

  it('is given up when the run is aborted', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(new TidemarkError('interrupted.sigint', 'interrupted')), 50);
    expect((await failure(`mysql://u@127.0.0.1:${port}/d`, controller.signal)).code).toBe('interrupted.sigint');
  });
});
