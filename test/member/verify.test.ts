import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { snapshot, verify } from '../../dist/index.js';
import { encodeManifest } from '../../src/manifest/encode.js';
import { manifestSeal, versionId } from '../../src/manifest/identity.js';
import { parseManifest } from '../../src/manifest/parse.js';
import { verifyVersion } from '../../src/version/verify/index.js';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { emptyFolder, tidemark } from '../support/cli.js';

const rows = 40_000;
let database: FreshDatabase;
let location: string;
let names: readonly string[];

beforeAll(async () => {
  database = await freshDatabase(inject('postgres18'));
  await database.query(`
    CREATE TABLE words AS SELECT i AS id, repeat(md5(i::text), 10) AS word FROM generate_series(1, ${rows}) i; ANALYZE words;`);
  const out = emptyFolder('checked');
  const options = { source: database.url, table: 'words', dataset: 'dataset://w/1', out, shardSize: '512KiB' };
  const made = await snapshot(options, { env: {} });
  location = made.location;
  names = made.shards.map(({ path }) => path);
});
afterAll(() => database.drop());

const members = [0, 1, 2].map((index) => ({ index, count: 3 }));

describe('a version that several machines check', () => {
  it('is checked whole, each file once', async () => {
    const checks = await Promise.all(members.map((member) => verify(location, { member })));
    expect(names.length).toBeGreaterThan(3);
    for (const check of checks) expect([check.valid, check.findings, check.files]).toEqual([true, [], names.length]);
    expect(checks.reduce((sum, check) => sum + check.rows, 0)).toBe(rows);
    expect(checks.reduce((sum, { files, others }) => sum + files - others!, 0)).toBe(names.length);
  });

  it('has a file that is damaged found by the one whose file it is', async () => {
    const path = join(location, names[1]!);
    const bytes = readFileSync(path);
    writeFileSync(path, Buffer.concat([bytes.subarray(0, 99), Buffer.from([bytes[99]! ^ 1]), bytes.subarray(100)]));
    const checks = await Promise.all(members.map((member) => verify(location, { member })));
    writeFileSync(path, bytes);
    expect(checks.map(({ valid }) => valid)).toEqual([true, false, true]);
    expect(checks[1]!.findings).toMatchObject([{ file: names[1], kind: 'sha256' }]);
  });

  it('has sums that are not those of its files found by each, though the manifest is sealed anew', async () => {
    const path = join(location, '_manifest.1.json');
    const bytes = readFileSync(path);
    const { manifest } = parseManifest(bytes);
    const [table] = manifest.version.tables;
    const changed = { ...table!, facts: { ...table!.facts, sum: '0'.repeat(32) } };
    const version = { ...manifest.version, tables: [changed] };
    const identified = { ...manifest, version, id: versionId(version) };
    writeFileSync(path, encodeManifest({ ...identified, seal: manifestSeal(identified) }));
    const checks = await Promise.all(members.map((member) => verifyVersion(location, { member, quick: true })));
    writeFileSync(path, bytes);
    for (const { findings } of checks)
      expect(findings.map(({ message }) => message)).toContain(
        'the sum of the hashes of table words is not that of its parts',
      );
  });

  it('is told by the command, which takes what snapshot takes', async () => {
    const run = await tidemark(['verify', location, '--member', 'auto'], {
      env: { VH_DIST_MEMBER_INDEX: '1', VH_DIST_MEMBER_COUNT: '2' },
    });
    expect([run.code, run.stderr]).toEqual([0, '']);
    expect(run.stdout).toMatch(new RegExp(`in ${Math.floor(names.length / 2)} of ${names.length} files`));
    for (const [member, message] of [
      ['2/2', 'member: 2/2 is no member'],
      ['x', '--member: "x" is not allowed (allowed: i/n with i below n'],
    ] as const) {
      const refused = await tidemark(['verify', location, '--member', member]);
      expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining(message)]);
    }
  });
});
