import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { compact, register, snapshot } from '../../dist/index.js';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { startStrictS3 } from '../servers/s3/strict.js';
import { emptyFolder, tidemark } from '../support/cli.js';
import { ValohaiStandIn } from './valohai.js';

const store = await startStrictS3();
let database: FreshDatabase;
let platform: ValohaiStandIn;
let env: Record<string, string>;

beforeAll(async () => {
  database = await freshDatabase(inject('postgres18'));
  await database.query(
    'CREATE TABLE t AS SELECT i AS id, i % 9 AS owner FROM generate_series(1, 5000) i; ALTER TABLE t ADD PRIMARY KEY (id)',
  );
});
afterAll(async () => {
  store.stop();
  platform.stop();
  await database.drop();
});
beforeEach(async () => {
  platform?.stop();
  platform = new ValohaiStandIn();
  platform.isThere = async (url) =>
    (await store.contents()).objects.some(({ bucket, key }) => `s3://${bucket}/${key}` === url);
  env = { VALOHAI_HOST: await platform.start(), VALOHAI_TOKEN: platform.token, VALOHAI_PROJECT: platform.project };
  await store.empty();
});

const common = () => ({ source: database.url, table: 't', register: true, out: store.at('bucket/ml') });

/** Names of the files of a registered version. */
const filesOf = (name: string): string[] =>
  platform.versions
    .find((version) => version.name === name)!
    .files.map(({ datum }) => platform.data.find(({ id }) => id === datum)!.uri)
    .sort();

describe('a version that is registered', () => {
  it('has all its objects, with their metadata', async () => {
    const options = {
      ...common(),
      dataset: 'dataset://d/v1',
      shardSize: '16KiB',
      tag: ['raw'],
      property: { team: 'ml' },
    };
    const made = await snapshot(options, { env });
    expect(platform.datasets.map(({ name }) => name)).toEqual(['d']);
    const paths = [...made.shards.map(({ path }) => path), '_manifest.v1.json'];
    expect(filesOf('v1')).toEqual(paths.map((path) => `s3://bucket/ml/d/v1/${path}`).sort());
    const [shard] = platform.data.filter(({ name }) => name === made.shards[0]!.path);
    expect(shard!.metadata).toMatchObject({
      'valohai.tags': ['raw'],
      'tidemark.sha256': made.shards[0]!.sha256,
      team: 'ml',
    });
    expect(shard!.metadata).not.toHaveProperty(['valohai.dataset-versions']);
    // A night that is repeated asks nothing of the database.
    const again = { ...options, source: 'postgres://u@127.0.0.1:1/nowhere', out: store.at('bucket/elsewhere') };
    await expect(snapshot(again, { env })).rejects.toMatchObject({
      code: 'request.version-exists',
      message: 'version "dataset://d/v1" is registered in Valohai already',
    });
  });

  it('of a split has one version for each part', async () => {
    const split = { split: { train: 0.8, test: 0.2 }, splitKey: 'owner', splitDatasets: true };
    await snapshot({ ...common(), dataset: 'dataset://parts/{split}-1', ...split }, { env });
    expect(platform.versions.map(({ name }) => name)).toEqual(['train-1', 'test-1']);
    expect(filesOf('test-1')).toContain('s3://bucket/ml/parts/test-1/_manifest.test-1.json');
  });

  it('that goes on from another one has its files, too', async () => {
    const chain = { ...common(), parent: store.at('bucket/ml'), firstRun: true };
    await snapshot({ ...chain, dataset: 'dataset://c/n1' }, { env });
    await database.query('INSERT INTO t SELECT 5000 + i, 1 FROM generate_series(1, 10) i');
    await snapshot({ ...chain, dataset: 'dataset://c/n2' }, { env });
    await database.query('DELETE FROM t WHERE id > 5000');
    expect(filesOf('n2')).toEqual(expect.arrayContaining(filesOf('n1')));
    expect(filesOf('n2').length).toBeGreaterThan(filesOf('n1').length);
    const [first, second] = platform.versions;
    expect(second!.previous_version).toBe(first!.id);
    const merged = await compact(store.at('bucket/ml/c/n2'), { out: store.at('bucket/ml') });
    expect(merged.status).toBe('created');
  });

  it('is found by its name alone, for the next one to go on from', async () => {
    const chain = { ...common(), parent: 'dataset://named', firstRun: true };
    await snapshot({ ...chain, dataset: 'dataset://named/n1' }, { env });
    expect(await snapshot({ ...chain, dataset: 'dataset://named/n2' }, { env })).toMatchObject({ status: 'unchanged' });
    await database.query('INSERT INTO t VALUES (9000, 1)');
    const next = await snapshot({ ...chain, dataset: 'dataset://named/n2' }, { env });
    await database.query('DELETE FROM t WHERE id = 9000');
    expect(next).toMatchObject({ status: 'created', rows: 1, parent: 'dataset://named/n1' });
    const elsewhere = snapshot({ ...chain, out: store.at('bucket/x'), dataset: 'dataset://named/n3' }, { env });
    await expect(elsewhere).rejects.toMatchObject({
      message: expect.stringMatching(/^parent: dataset:\/\/named\/n2 is not at s3:\/\/bucket\/x\/named\/n2/) as string,
    });
  });

  it.each([
    ['an answer that was lost', { loses: true }],
    ['a platform that is busy', { status: 503 }],
    ['too many requests', { status: 429 }],
  ])('is registered once in spite of %s', async (_, fault) => {
    for (const at of [
      /GET .*stores/,
      /POST .*adopt/,
      /POST .*datasets/,
      /POST .*metadata/,
      /POST .*dataset-versions/,
    ]) {
      platform.faults.push({ at, ...fault });
    }
    await snapshot({ ...common(), dataset: 'dataset://d/v1' }, { env });
    expect(platform.faults).toEqual([]);
    expect(platform.versions).toHaveLength(1);
    expect(new Set(filesOf('v1')).size).toBe(2);
  });
});

describe('a version that cannot be registered', () => {
  it.each<[string, Record<string, string | undefined>, RegExp]>([
    ['without a token', { VALOHAI_TOKEN: undefined }, /^register: there is no token/],
    ['with two lines for a token', { VALOHAI_TOKEN: 'one\ntwo' }, /^register: the token for the API of Valohai has/],
    ['with dots for a token', { VALOHAI_TOKEN: '…' }, /^register: the token for the API of Valohai has/],
    ['without a project', { VALOHAI_PROJECT: undefined }, /^register: it is not said in which project/],
    ['with another token', { VALOHAI_TOKEN: 'wrong-canary' }, /^Valohai refused the token at .* \(401\)/],
    [
      'with an unknown store',
      { VALOHAI_STORE: 'pond' },
      /^register: the project has no store "pond" \(its stores: other, lake\)/,
    ],
    ['at a path', { VALOHAI_HOST: 'https://valohai.example.com/x' }, /^register: VALOHAI_HOST is not the address/],
    ['at no address', { VALOHAI_HOST: 'http://valohai.example.com' }, /^register: VALOHAI_HOST is not the address/],
  ])('%s is refused before anything is read', async (_, changed, message) => {
    const given = Object.fromEntries(Object.entries({ ...env, ...changed }).filter(([, value]) => value !== undefined));
    const failing = snapshot(
      { ...common(), source: 'postgres://u@127.0.0.1:1/nowhere', dataset: 'dataset://d/v1' },
      { env: given as Record<string, string> },
    );
    await expect(failing).rejects.toMatchObject({ message: expect.stringMatching(message) as string });
    await expect(failing).rejects.not.toMatchObject({ message: expect.stringMatching(/canary/) as string });
    expect((await store.contents()).objects).toEqual([]);
  });

  it('is refused where it goes to a folder', async () => {
    const failing = snapshot({ ...common(), out: emptyFolder('out'), dataset: 'dataset://d/v1' }, { env });
    await expect(failing).rejects.toMatchObject({
      message: expect.stringMatching(/^register: goes with a bucket/) as string,
    });
  });

  it('follows no redirect with the token', async () => {
    platform.faults.push({ at: /GET .*projects/, location: 'http://127.0.0.1:1/' });
    const failing = snapshot({ ...common(), dataset: 'dataset://d/v1' }, { env });
    await expect(failing).rejects.toMatchObject({
      message: expect.stringMatching(/the token is not sent there/) as string,
    });
  });

  it('of a chain brings with it those that it goes on from', async () => {
    const chain = { ...common(), register: false, parent: store.at('bucket/ml'), firstRun: true };
    for (const name of ['n1', 'n2', 'n3']) {
      await database.query(`INSERT INTO t SELECT 6000 + count(*), 1 FROM t`);
      await snapshot({ ...chain, dataset: `dataset://c/${name}` }, { env });
    }
    await database.query('DELETE FROM t WHERE id > 6000');
    const told = await register(store.at('bucket/ml/c/n3'), { env });
    expect(told).toMatchObject({ version: 'dataset://c/n3', earlier: ['dataset://c/n1', 'dataset://c/n2'] });
    expect(platform.versions.map(({ name }) => name)).toEqual(['n1', 'n2', 'n3']);
    expect(filesOf('n3')).toEqual(expect.arrayContaining([...filesOf('n1'), ...filesOf('n2')]));
    expect(await register(store.at('bucket/ml/c/n3'), { env })).toEqual({ ...told, earlier: [] });
    expect(platform.versions).toHaveLength(3);
  });

  it('lies in the bucket, and is registered later by a command', async () => {
    platform.faults.push({ at: /POST .*dataset-versions/, status: 400 });
    const args = [
      '--source',
      database.url,
      '--table',
      't',
      '--dataset',
      'dataset://d/v1',
      '--out',
      store.at('bucket/ml'),
      '--register',
    ];
    const failed = await tidemark(['snapshot', ...args], { env: { ...store.env, ...env } });
    expect(failed.code).toBe(4);
    expect(failed.stderr).toContain('dataset://d/v1 is made and not registered');
    const location = store.at('bucket/ml/d/v1');
    expect(failed.stderr).toContain(`tidemark register '${location}'`);
    expect(platform.versions).toEqual([]);
    for (let times = 0; times < 2; times += 1) {
      const { code, stderr } = await tidemark(['register', location], { env: { ...store.env, ...env } });
      expect([code, stderr]).toEqual([0, expect.stringContaining('registered dataset://d/v1') as string]);
      expect(stderr).not.toContain(platform.token);
    }
    expect(platform.versions).toHaveLength(1);
    const folder = emptyFolder('out');
    await snapshot({ source: database.url, table: 't', dataset: 'dataset://d/v1', out: folder });
    const refused = await tidemark(['register', folder], { env: { ...store.env, ...env } });
    expect(refused.stderr).toMatch(/^error: register: .* is in no bucket/);
  });
});
