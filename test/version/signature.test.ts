import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, sign } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { verify } from '../../dist/index.js';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { emptyFolder, snapshotJson, tidemark, tidemarkHere } from '../support/cli.js';

interface Keys {
  /** PKCS #8. */
  readonly pem: string;
  /** SubjectPublicKeyInfo. */
  readonly publicPem: string;
  /** The 32 bytes of both, in base64. */
  readonly raw: string;
  readonly publicRaw: string;
}

function newKeys(): Keys {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const { d = '', x = '' } = privateKey.export({ format: 'jwk' });
  return {
    pem: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    publicPem: publicKey.export({ format: 'pem', type: 'spki' }).toString(),
    raw: Buffer.from(d, 'base64url').toString('base64'),
    publicRaw: Buffer.from(x, 'base64url').toString('base64'),
  };
}

const rsaPem = (): string =>
  generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'pem', type: 'pkcs1' }).toString();

const [ours, theirs] = [newKeys(), newKeys()];
const env = { TIDEMARK_SIGNING_KEY: ours.pem };
let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase(inject('postgres18'));
  await db.query(`CREATE TABLE t AS SELECT i AS id, i % 5 AS few FROM generate_series(1, 1000) i`);
});
afterAll(() => db.drop());

const words = (out: string, name: string, more: readonly string[] = []): string[] => {
  const named = ['--source', db.url, '--table', 't', '--dataset', `dataset://t/${name}`, '--date', '2024-01-15'];
  return [...named, '--out', out, ...more];
};

async function signed(more: readonly string[] = [], name = 'v1'): Promise<{ location: string; out: string }> {
  const out = emptyFolder('signed');
  const { location } = await snapshotJson(words(out, name, ['--sign', ...more]), { env });
  return { location, out };
}

const signatureOf = (location: string): string => join(location, '_signature.v1.json');

describe('a version that is signed', () => {
  it('is told by the key of its maker: as PEM, as 32 bytes, and from a file', async () => {
    const { location } = await signed();
    const file = join(emptyFolder('keys'), 'signer.pem');
    writeFileSync(file, ours.publicPem);
    for (const signer of [ours.publicRaw, ours.publicPem.trim()])
      expect(await verify(location, { signer })).toMatchObject({ valid: true, findings: [], signer: ours.publicRaw });
    const { code, stdout } = await tidemarkHere(['verify', location, '--signer', file]);
    expect([code, stdout]).toEqual([0, expect.stringContaining(`by ${ours.publicRaw}\n`)]);
    const unasked = await tidemarkHere(['verify', location]);
    expect(unasked.stdout).toContain('which nobody has vouched for');
    expect((await tidemarkHere(['show', location])).stdout).toContain(ours.publicRaw);
  });

  it.skipIf(!hasOpenssl())('is checked by openssl', async () => {
    const { location } = await signed();
    const folder = emptyFolder('openssl');
    const { id, signature } = JSON.parse(readFileSync(signatureOf(location), 'utf8')) as Record<string, string>;
    writeFileSync(join(folder, 'message'), `tidemark-version-id:${id}`);
    writeFileSync(join(folder, 'signature'), Buffer.from(signature!, 'base64'));
    writeFileSync(join(folder, 'signer.pem'), ours.publicPem);
    const asked = ['-verify', '-pubin', '-inkey', 'signer.pem', '-rawin', '-in', 'message', '-sigfile', 'signature'];
    expect(execFileSync('openssl', ['pkeyutl', ...asked], { cwd: folder }).toString()).toContain('Successfully');
  });

  it('has the same id and the same shards as one that is not', async () => {
    const [{ location }, other] = [await signed(), await snapshotJson(words(emptyFolder('unsigned'), 'v1'))];
    const { id } = JSON.parse(readFileSync(join(location, '_manifest.v1.json'), 'utf8')) as { readonly id: string };
    expect(id).toBe(other.id);
  });

  it('is announced with its signature, and all parts that are made together are', async () => {
    const { out, location } = await signed(
      ['--split', 'a=0.5,b=0.5', '--split-key', 'id', '--split-datasets'],
      '{split}-v1',
    );
    const lines = readFileSync(join(out, 'valohai.metadata.jsonl'), 'utf8').trim().split('\n');
    const files = lines.map((line) => (JSON.parse(line) as { readonly file: string }).file);
    for (const part of ['a', 'b']) {
      expect(files).toContain(`t/${part}-v1/_signature.${part}-v1.json`);
      expect(await verify(join(location, '..', `${part}-v1`), { signer: ours.publicRaw })).toMatchObject({
        findings: [],
      });
    }
  });

  it.each<[string, (location: string) => void, RegExp]>([
    ['is removed', (location) => rmSync(signatureOf(location)), /missing: the version was signed/],
    ['is no JSON', (location) => writeFileSync(signatureOf(location), 'nothing'), /no signature, or was written anew/],
    ['is too long', (location) => writeFileSync(signatureOf(location), Buffer.alloc(1e6)), /no signature/],
    [
      'is laid out anew',
      (location) =>
        writeFileSync(
          signatureOf(location),
          JSON.stringify(JSON.parse(readFileSync(signatureOf(location), 'utf8')), null, 1),
        ),
      /written anew/,
    ],
    ['is of another version', (location) => resign(location, { id: 'f'.repeat(64) }), /of another version/],
    ['is by another key', (location) => resign(location, { keys: theirs }), /of another key/],
    [
      'names a key that it is not by',
      (location) => resign(location, { keys: theirs, named: ours }),
      /not by the key that it names/,
    ],
  ])('whose signature %s is not as it was', async (_, harm, message) => {
    const { location } = await signed();
    harm(location);
    for (const asked of [{}, { signer: ours.publicRaw }]) {
      const { valid, signer, findings } = await verify(location, asked);
      expect([valid, signer]).toEqual([false, undefined]);
      expect(findings).toEqual([
        expect.objectContaining({
          kind: 'signature',
          file: '_signature.v1.json',
          message: expect.stringMatching(message),
        }),
      ]);
    }
  });
});

/** Puts another signature in the place of a version's. */
function resign(location: string, { id, keys = ours, named = keys }: { id?: string; keys?: Keys; named?: Keys }): void {
  const was = JSON.parse(readFileSync(signatureOf(location), 'utf8')) as Record<string, unknown>;
  const told = { ...was, id: id ?? was['id'], publicKey: named.publicRaw };
  const signature = sign(null, Buffer.from(`tidemark-version-id:${String(told.id)}`), keys.pem).toString('base64');
  writeFileSync(signatureOf(location), `${JSON.stringify({ ...told, signature })}\n`);
}

describe('verify --signer', () => {
  it('finds a version that nobody has signed, and one that another key has', async () => {
    const { location: unsigned } = await snapshotJson(words(emptyFolder('unsigned'), 'v1'));
    expect((await verify(unsigned, { signer: ours.publicRaw })).findings).toEqual([
      expect.objectContaining({ kind: 'signature', message: 'nobody has signed the version' }),
    ]);
    const { location } = await signed();
    const { code, stdout } = await tidemarkHere(['verify', location, '--signer', theirs.publicRaw]);
    expect([code, stdout]).toEqual([5, expect.stringContaining('it is the signature of another key')]);
  });

  it('of a chain, asks for the signature of the newest version, and finds a harmed one of an earlier one', async () => {
    const out = emptyFolder('chain');
    for (const [name, more] of [
      ['v1', ['--first-run']],
      ['v2', []],
    ] as const)
      await snapshotJson(
        words(out, name, ['--sign', '--parent', join(out, 't'), '--when-unchanged', 'republish', ...more]),
        { env },
      );
    const newest = join(out, 't', 'v2');
    expect(await verify(newest, { signer: ours.publicRaw })).toMatchObject({ findings: [], signer: ours.publicRaw });
    resign(join(out, 't', 'v1'), { keys: theirs });
    expect((await verify(newest)).findings).toEqual([
      expect.objectContaining({ kind: 'signature', file: '../v1/_signature.v1.json' }),
    ]);
  });

  it.each(['nothing of a key', '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----'])(
    'refuses what is no key: %s',
    async (signer) => {
      const { location } = await signed();
      await expect(verify(location, { signer })).rejects.toMatchObject({
        code: 'request.invalid',
        message: 'signer: what was given is no public key',
      });
    },
  );

  it.each<[string, string]>([
    ['PEM', ours.pem],
    ['PEM on one line', ours.pem.replaceAll('\n', '\\n')],
    ['the body of PEM', ours.pem.split('\n').slice(1, -2).join('')],
    ['PEM of another kind', rsaPem()],
  ])('refuses a private key, and does not show it: %s', async (_, key) => {
    const { location } = await signed();
    const file = join(emptyFolder('keys'), 'signing.pem');
    writeFileSync(file, key);
    for (const signer of [key, file]) {
      const { code, stdout, stderr } = await tidemarkHere(['verify', location, '--signer', signer]);
      expect([code, stderr]).toEqual([2, expect.stringContaining('signer: what was given is a private key')]);
      for (const line of key.split(/\\?\n|\\n/)) if (line.length > 40) expect(stdout + stderr).not.toContain(line);
    }
  });

  it.each(['nofile.pem', 'keys/signer', '/no/such/file'])('says that there is no file %s', async (signer) => {
    const { location } = await signed();
    const { code, stderr } = await tidemarkHere(['verify', location, '--signer', signer]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(`signer: there is no file ${signer}`)]);
  });

  it('and without it, a signature is found beside a version that says it has none', async () => {
    const [{ location }, { location: unsigned }] = [await signed(), await snapshotJson(words(emptyFolder('un'), 'v1'))];
    writeFileSync(signatureOf(unsigned), readFileSync(signatureOf(location)));
    const { valid, findings } = await verify(unsigned);
    expect([valid, findings]).toEqual([
      true,
      [expect.objectContaining({ kind: 'signature', severity: 'warning', file: '_signature.v1.json' })],
    ]);
  });
});

describe('the key that signs', () => {
  it.each<[string, string]>([
    ['PEM', ours.pem],
    ['PEM whose line ends were written out', ours.pem.replaceAll('\n', '\\n')],
    ['the body of PEM alone', ours.pem.split('\n').slice(1, -2).join('')],
    ['its 32 bytes', ours.raw],
  ])('may be %s', async (_, key) => {
    const out = emptyFolder('signed');
    const { location } = await snapshotJson(words(out, 'v1', ['--sign']), { env: { TIDEMARK_SIGNING_KEY: key } });
    expect(await verify(location, { signer: ours.publicRaw })).toMatchObject({ valid: true });
    const written = readdirSync(out, { recursive: true, encoding: 'utf8', withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    expect(written.length).toBeGreaterThan(3);
    for (const { parentPath, name } of written) {
      const text = readFileSync(join(parentPath, name), 'latin1');
      for (const secret of [ours.raw, ours.raw.slice(0, 20), ours.pem.split('\n')[1]!])
        expect(text).not.toContain(secret);
    }
  });

  it.each<[string, string, RegExp]>([
    ['that is not there', '', /TIDEMARK_SIGNING_KEY is not set/],
    ['that is none', 'a text that no one may see', /is no private key/],
    ['of another kind', rsa(), /is a key of rsa, not of Ed25519/],
    ['with a passphrase', encrypted(), /is encrypted/],
  ])('%s is refused before anything is read, and no message repeats it', async (_, key, message) => {
    const out = emptyFolder('refused');
    const run = await tidemark(['snapshot', ...words(out, 'v1', ['--sign'])], { env: { TIDEMARK_SIGNING_KEY: key } });
    expect([run.code, run.stderr]).toEqual([2, expect.stringMatching(message)]);
    for (const line of key.split('\n').filter((text) => text.length > 16 && !text.startsWith('-----')))
      expect(run.stdout + run.stderr).not.toContain(line);
  });
});

/** Version 3 verifies raw messages. */
function hasOpenssl(): boolean {
  try {
    return /^OpenSSL 3/.test(execFileSync('openssl', ['version'], { stdio: 'pipe' }).toString());
  } catch {
    return false;
  }
}

function rsa(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
}

function encrypted(): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  const sealed = { format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'open' } as const;
  return privateKey.export(sealed).toString();
}
