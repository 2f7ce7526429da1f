import { createHash } from 'node:crypto';
import type { RecordBatch } from 'apache-arrow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../../../src/source/mysql/connection/connect.js';
import type { MysqlConnection } from '../../../../src/source/mysql/connection/connection.js';
import { resolveConnection } from '../../../../src/source/mysql/connection/settings/resolve.js';
import { loadSource } from '../../../../src/source/registry.js';
import { findMariadb } from '../../../servers/mariadb-binaries.js';
import { freshMariadb, type MariadbDatabase, type MariadbServer, startMariadb } from '../../../servers/mariadb.js';
import { withMariadb } from '../../../servers/with-mariadb.js';
import { Authority, hasOpenssl } from '../../postgres/connection/certificates.js';
import { requestOf } from '../open-request.js';
import { connectTo, encryption, failure, never } from './connect-to.js';

withMariadb('TLS', () => {
  describe('a server without TLS', () => {
    let plain: MariadbServer;
    const url = (mode: string): string => `mysql://root@127.0.0.1:${plain.port}/mysql?ssl-mode=${mode}`;
    beforeAll(async () => (plain = await started(['--skip-ssl'])));
    afterAll(() => plain.stop());

    it.each(['PREFERRED', 'DISABLED'])('is reached with %s', async (mode) => {
      expect(await encryption(await connectTo(url(mode)))).toBe(false);
    });

    it.each(['REQUIRED', 'VERIFY_CA', 'VERIFY_IDENTITY'])('is refused with %s', async (mode) => {
      const error = await failure(url(mode));
      expect(error).toMatchObject({ code: 'source.tls', retryable: false });
      expect(error.message).toContain('the server does not speak TLS');
      expect(error.hint).toContain('ssl-mode=DISABLED');
    });
  });

  describe.skipIf(!hasOpenssl())('a server with TLS (openssl makes its certificates)', () => {
    let authority: Authority;
    let stranger: Authority;
    let secure: MariadbServer;
    let secured: MariadbDatabase;
    const url = (mode: string, { host = 'localhost', ca = authority, user = 'root' } = {}): string =>
      `mysql://${user}@${host}:${secure.port}/${secured.name}?ssl-mode=${mode}&ssl-ca=${ca.root.certFile}`;

    beforeAll(async () => {
      authority = new Authority();
      stranger = new Authority('Somebody else');
      const { certFile, keyFile } = authority.issue('server', 'DNS:localhost');
      const parts = [`--ssl-cert=${certFile}`, `--ssl-key=${keyFile}`, `--ssl-ca=${authority.root.certFile}`];
      secure = await started(parts);
      secured = await freshMariadb(secure);
    });
    afterAll(async () => {
      await secure.stop();
      authority.remove();
      stranger.remove();
    });

    it.each<[string, string, boolean]>([
      ['DISABLED', 'localhost', false],
      ['PREFERRED', 'localhost', true],
      ['REQUIRED', 'localhost', true],
      ['REQUIRED', '127.0.0.1', true],
      ['VERIFY_CA', 'localhost', true],
      ['VERIFY_CA', '127.0.0.1', true],
      ['VERIFY_IDENTITY', 'localhost', true],
    ])('%s to %s: encrypted %s', async (mode, host, encrypted) => {
      expect(await encryption(await connectTo(url(mode, { host })))).toBe(encrypted);
    });

    it('REQUIRED verifies nothing', async () => {
      expect(await encryption(await connectTo(url('REQUIRED', { ca: stranger })))).toBe(true);
    });

    it.each(['VERIFY_CA', 'VERIFY_IDENTITY'])('%s refuses an authority that is not trusted', async (mode) => {
      const error = await failure(url(mode, { ca: stranger }));
      expect(error).toMatchObject({ code: 'source.tls', retryable: false });
      expect(error.hint).toContain('ssl-ca');
    });

    it('VERIFY_CA without an authority takes those that Node brings, which know nothing of this server', async () => {
      const [bare] = url('VERIFY_CA').split('&');
      expect((await failure(bare!)).code).toBe('source.tls');
    });

    it('VERIFY_IDENTITY refuses a host that the certificate does not name, an address too', async () => {
      const error = await failure(url('VERIFY_IDENTITY', { host: '127.0.0.1' }));
      expect(error).toMatchObject({ code: 'source.tls', retryable: false });
      expect(error.message).toContain('another host name');
      expect(error.hint).toContain('VERIFY_CA');
    });

    it('VERIFY_IDENTITY looks at the name that was given, also where its address is known already', async () => {
      const settings = resolveConnection({ url: url('VERIFY_IDENTITY'), env: {}, home: '/nonexistent' });
      const again = (host: string): Promise<MysqlConnection> =>
        connect({ ...settings, host, address: '127.0.0.1' }, { signal: never, purpose: 'test', stallLimit: 60_000 });
      expect(await encryption(await again('localhost'))).toBe(true);
      await expect(again('elsewhere.example')).rejects.toMatchObject({ code: 'source.tls' });
    });

    it('VERIFY_IDENTITY takes an address that the certificate names', async () => {
      const { certFile, keyFile } = authority.issue('by address', 'IP:127.0.0.1');
      const other = await started([`--ssl-cert=${certFile}`, `--ssl-key=${keyFile}`]);
      try {
        const to = (host: string): string =>
          url('VERIFY_IDENTITY', { host }).replace(/:\d+\/[^?]*/, `:${other.port}/mysql`);
        expect(await encryption(await connectTo(to('127.0.0.1')))).toBe(true);
        expect((await failure(to('localhost'))).code).toBe('source.tls');
      } finally {
        await other.stop();
      }
    });

    it('logs in by client certificate', async () => {
      const client = authority.issue('reader', 'DNS:reader');
      await secured.query(`CREATE USER reader REQUIRE X509`);
      await secured.query(`GRANT SELECT ON ${secured.name}.* TO reader`);
      const reader = url('REQUIRED', { user: 'reader' });
      const parts = `ssl-cert=${encodeURIComponent(client.certFile)}&ssl-key=${encodeURIComponent(client.keyFile)}`;
      expect(await encryption(await connectTo(`${reader}&${parts}`))).toBe(true);
      expect((await failure(reader)).code).toBe('source.auth');
      const wrongKey = parts.replace(/ssl-key=.*/, `ssl-key=${encodeURIComponent(stranger.root.keyFile)}`);
      expect(await failure(`${reader}&${wrongKey}`)).toMatchObject({
        code: 'source.tls',
        message: expect.stringContaining('TLS failed') as string,
      });
    });

    it('gives many rows as it does without TLS', async () => {
      await secured.query(`CREATE TABLE big (n bigint PRIMARY KEY, word text);
        INSERT INTO big SELECT seq, RPAD(CONCAT('row ', seq), 200, MD5(seq)) FROM seq_1_to_200000;
        ANALYZE TABLE big`);
      const plain = await rowsOf(url('DISABLED'));
      expect(plain.count).toBe(200_000);
      expect(await rowsOf(url('VERIFY_IDENTITY'))).toEqual(plain);
    });
  });
});

async function started(extra: readonly string[]): Promise<MariadbServer> {
  const found = await findMariadb();
  if ('missing' in found) throw new Error(found.missing);
  return startMariadb(found.binaries, extra);
}

/** How many rows the table `big` has, and what is in them. */
async function rowsOf(url: string): Promise<{ count: number; digest: string }> {
  const { open, openLane, createDecoder } = await loadSource('mysql');
  const source = await open(requestOf(url, { tables: [{ name: 'big', table: 'big' }] }), never);
  const lane = await openLane(structuredClone(source.ticket), never);
  const hash = createHash('sha256');
  let count = 0;
  const take = (batch: RecordBatch): void => {
    const [numbers, words] = [batch.getChild('n')!, batch.getChild('word')!];
    for (let i = 0; i < batch.numRows; i++) hash.update(`${String(numbers.get(i))} ${String(words.get(i))}\n`);
    count += batch.numRows;
  };
  const table = source.tables[0]!;
  for (const range of table.ranges) {
    const decoder = createDecoder!(table.columns, { misfit: 'fail', infinity: 'misfit' });
    let waiting = 0;
    await lane.read(
      table,
      range,
      { rows: 10_000, bytes: 2 ** 24 },
      {
        rows: (bytes, start, end, rows) => {
          decoder.add(bytes, start, end);
          waiting += rows;
        },
        cut: () => ((waiting = 0), take(decoder.finish())),
        batch: () => {
          throw new Error('this source gives bytes');
        },
      },
    );
    if (waiting > 0) take(decoder.finish());
  }
  await lane.close();
  await source.close();
  return { count, digest: hash.digest('hex') };
}
