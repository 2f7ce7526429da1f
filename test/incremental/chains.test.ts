import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { emptyFolder } from '../support/cli.js';
import { Chain } from './chain.js';

let database: FreshDatabase;
let chain: Chain;
beforeAll(async () => {
  database = await freshDatabase(inject('postgres18'));
  await database.query(`CREATE TABLE t (id text)`);
  chain = new Chain(database.url, { table: 't' });
  for (const id of ['a', 'b', 'c']) {
    await database.query(`INSERT INTO t VALUES ('${id}')`);
    await chain.next();
  }
});
afterAll(() => database.drop());

/** All files of some versions in one folder, as a platform lays a dataset out. */
function flattened(versions: readonly string[]): string {
  const folder = join(emptyFolder('flat'), 'input');
  mkdirSync(folder);
  for (const version of versions) {
    const from = join(chain.folder, version);
    for (const name of readdirSync(from)) copyFileSync(join(from, name), join(folder, name));
  }
  return folder;
}
const errorsIn = (found: Awaited<ReturnType<Chain['verify']>>): string[] =>
  found.findings
    .filter(({ severity }) => severity === 'error')
    .map(({ kind, file, message }) => `${kind} ${file}: ${message}`);

describe('verify', () => {
  it('looks at the whole chain, in folders beside each other and in one', async () => {
    for (const location of [chain.folder, join(chain.folder, 'n0003'), flattened(['n0001', 'n0002', 'n0003'])]) {
      const found = await chain.verify(location);
      expect(found).toMatchObject({
        valid: true,
        findings: [],
        rows: 1,
        inherited: { versions: 2, missing: 0, rows: 2 },
      });
    }
  });

  it('says which versions are not here; a shard that is gone or changed is an error, whichever version has it', async () => {
    const alone = flattened(['n0003']);
    expect(await chain.verify(alone)).toMatchObject({
      valid: true,
      findings: [{ kind: 'chain', severity: 'warning' }],
      inherited: { versions: 0, missing: 2 },
    });
    const folder = flattened(['n0001', 'n0002', 'n0003']);
    rmSync(join(folder, 'events-n0001-00000.parquet'));
    writeFileSync(join(folder, 'events-n0002-00000.parquet'), 'something else');
    const errors = errorsIn(await chain.verify(folder));
    expect(errors).toHaveLength(2);
    expect(errors.join()).toMatch(/events-n0001-00000.*events-n0002-00000/);
  });

  it('a chain of which some are missing is not whole', async () => {
    const found = await chain.verify(join(flattened(['n0001', 'n0003']), '_manifest.n0003.json'));
    expect(errorsIn(found).join()).toContain('1 of the 2 versions that it inherits are not here');
  });

  it('finds a version that is not the one that was gone on from', async () => {
    const other = new Chain(database.url, { table: 't' });
    const made = await other.next();
    const folder = flattened(['n0001', 'n0002', 'n0003']);
    for (const name of readdirSync(made.location)) copyFileSync(join(made.location, name), join(folder, name));
    expect(errorsIn(await chain.verify(join(folder, '_manifest.n0003.json'))).join()).toContain(
      'this is not the version dataset://events/n0001 that was gone on from',
    );
  });

  it('refuses a chain that forks, as a run does where it sees the other one', async () => {
    await database.query(`INSERT INTO t VALUES ('d')`);
    const parent = join(chain.folder, 'n0002', '_manifest.n0002.json');
    const error = await chain.refused({ parent });
    expect(error).toMatchObject({ code: 'request.invalid', exitCode: 2 });
    expect(error.message).toContain('has another version that goes on from it: dataset://events/n0003');
    const elsewhere = emptyFolder('elsewhere');
    const input = flattened(['n0002']);
    const fork = await chain.next({ parent: input, out: elsewhere });
    chain.made.pop();
    expect(fork.rows).toBe(2);
    const folder = flattened(['n0001', 'n0002', 'n0003']);
    for (const name of readdirSync(fork.location)) copyFileSync(join(fork.location, name), join(folder, name));
    const errors = errorsIn(await chain.verify(join(folder, '_manifest.n0003.json')));
    expect(errors.join()).toContain('the chain forks: dataset://events/n0003 and');
  });
});

describe('what is refused before a row is read', () => {
  it('a parent that is not there, another dataset, the parent itself, a manifest that was changed', async () => {
    const missing = await chain.refused({ parent: join(chain.out, 'evnets'), firstRun: false });
    expect(missing).toMatchObject({ code: 'request.invalid', exitCode: 2 });
    expect(missing.hint).toContain('--first-run');
    expect((await chain.refused({ dataset: 'dataset://others/v1' })).message).toContain(
      'dataset: "others" is not the dataset of',
    );
    expect((await chain.refused({ dataset: 'dataset://events/n0001' })).message).toContain(
      'is the parent itself, or one that it inherits',
    );
    const folder = flattened(['n0003']);
    const file = join(folder, '_manifest.n0003.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"rows":1', '"rows":2'));
    expect(await chain.refused({ parent: folder })).toMatchObject({ code: 'verification.failed', exitCode: 5 });
  });

  it.each([
    [{ from: 'dataset://events/n0001' }, 'from: does not go with --parent'],
    [{ limit: 5 }, 'limit: does not go with --parent'],
    [{ singleFile: true }, 'single-file: does not go with --parent'],
    [{ datasetCard: true }, 'dataset-card: does not go with --parent'],
    [{ consistency: 'none' }, 'consistency: does not go with --parent'],
    [{ splitExact: true, split: { a: 0.5, b: 0.5 }, splitKey: 'id' }, 'split-exact: does not go with --parent'],
    [{ lag: '1h' }, 'lag: goes with --cursor'],
    [{ parent: undefined, whenUnchanged: 'skip', firstRun: undefined }, 'when-unchanged: goes with --parent'],
    [{ ifChanged: 'x' }, 'if-changed: does not go with --parent'],
    [{ format: 'csv' }, 'format: files are csv, and parquet those of'],
    [{ partitionBy: 'id' }, 'partition-by: rows would go elsewhere'],
    [{ table: ['t', 'u=t'] }, 'table: tables are t in'],
  ] as const)('%j', async (options, message) => {
    const error = await chain.refused(options as object);
    expect(error).toMatchObject({ exitCode: 2 });
    expect(error.message).toContain(message);
  });
});

describe('in Valohai', () => {
  const platform = (inputs: object): { readonly env: Record<string, string>; readonly inputs: string } => {
    const base = emptyFolder('valohai');
    for (const folder of ['config', 'inputs', 'outputs']) mkdirSync(join(base, folder));
    writeFileSync(join(base, 'config', 'inputs.json'), JSON.stringify(inputs));
    const env = { VH_JOB_ID: 'exec-1', VH_CONFIG_DIR: join(base, 'config'), VH_INPUTS_DIR: join(base, 'inputs') };
    return { env: { ...env, VH_OUTPUTS_DIR: join(base, 'outputs') }, inputs: join(base, 'inputs') };
  };

  it('an input that is there and empty is a first run, and says so; a misspelt one is an error', async () => {
    const { env, inputs } = platform({ previous: { files: [] } });
    const first = new Chain(database.url, { table: 't', firstRun: undefined }, 'nightly', env);
    const error = await first.refused({ parent: join(inputs, 'previuos') });
    expect(error).toMatchObject({ code: 'request.invalid', exitCode: 2 });
    expect(error.hint).toContain('The inputs are: previous');
    const made = await first.next({ parent: join(inputs, 'previous') });
    expect(made.warnings.join()).toContain('this is a first run, which reads all rows');
    mkdirSync(join(inputs, 'folder'));
    expect(await first.next({ parent: join(inputs, 'folder') })).toMatchObject({ status: 'created' });
  });

  it('the manifest has the alias of the head, and that one file is enough to go on from', async () => {
    const { env, inputs } = platform({ previous: { files: [{ name: '_manifest.n0001.json' }] } });
    const first = new Chain(database.url, { table: 't' }, 'nightly', env);
    const { location } = await first.next({ parent: join(inputs, 'none') });
    const lines = readFileSync(join(first.out, 'valohai.metadata.jsonl'), 'utf8').trim().split('\n');
    const own = lines.map((line) => JSON.parse(line) as { file: string; metadata: Record<string, unknown> });
    expect(own.filter(({ metadata }) => metadata['valohai.alias'] !== undefined)).toMatchObject([
      { file: 'nightly/n0001/_manifest.n0001.json', metadata: { 'valohai.alias': 'nightly-head' } },
    ]);
    mkdirSync(join(inputs, 'previous'));
    copyFileSync(join(location, '_manifest.n0001.json'), join(inputs, 'previous', '_manifest.n0001.json'));
    await database.query(`INSERT INTO t VALUES ('night')`);
    const second = await first.next({ parent: join(inputs, 'previous'), out: emptyFolder('second') });
    expect(second).toMatchObject({ status: 'created', rows: 1 });
    expect(first.manifest(second).version.from).toBe('dataset://nightly/n0001');
  });
});
