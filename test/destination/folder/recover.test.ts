import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs, { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { outputs } from './one-shard.js';
import { type Identity, systemProcesses } from '../../../src/machine/processes.js';
import { Run, expectPromise, leftovers, newFolder, tree } from './outputs.js';

const dead = { dataset: 'sales', version: 'v1', run: 'dead', killAt: 'written' };
const hasProc = existsSync('/proc/self/stat');

/** Makes the journal say that another process wrote it, and the heartbeat be so old. */
function disguise(out: string, run: string, process: Partial<Identity>, seconds: number): void {
  const path = join(out, `.tidemark-${run}`, 'journal.json');
  const journal = JSON.parse(readFileSync(path, 'utf8')) as { process: Identity };
  writeFileSync(path, JSON.stringify({ ...journal, process: { ...journal.process, ...process } }));
  age(join(out, `.tidemark-${run}`, 'heartbeat'), seconds);
}

function age(path: string, seconds: number): void {
  const time = Date.now() / 1000 - seconds;
  utimesSync(path, time, time);
}

afterEach(() => {
  vi.useRealTimers();
});

describe('recover', () => {
  it('finds nothing where nothing is', async () => {
    const out = newFolder();
    expect(await outputs(join(out, 'missing')).recover()).toEqual([]);
    writeFileSync(join(out, 'file'), '');
    expect(await outputs(join(out, 'file')).recover()).toEqual([]);
    mkdirSync(join(out, '.tidemark.lock'));
    expect(await outputs(out).recover()).toEqual([]);
    expect(Object.keys(tree(out))).toEqual(['file']);
  });

  it.each([
    ['another host', { host: 'elsewhere' }],
    ['another boot', { boot: 'another' }],
    ['another container', { pidNamespace: 'pid:[1]' }],
  ])('a run on %s counts as living while its heart beats, and for two minutes after', async (_, process) => {
    const out = newFolder();
    await new Run({ out, ...dead }).ended();
    disguise(out, 'dead', process, 100);
    expect(await outputs(out).recover()).toEqual([
      {
        kind: 'living',
        run: 'dead',
        message: expect.stringMatching(/may still be making dataset:\/\/sales\/v1.*two minutes/),
      },
    ]);
    expect(leftovers(out)).toEqual(['.tidemark-dead']);
    disguise(out, 'dead', process, 130);
    expect(await outputs(out).recover()).toMatchObject([{ kind: 'removed', run: 'dead' }]);
    expect(tree(out)).toEqual({});
  });

  it('does not take another process with the same number for the run', async () => {
    const out = newFolder();
    await new Run({ out, ...dead }).ended();
    disguise(out, 'dead', { pid: process.pid }, 0);
    expect(await outputs(out).recover()).toMatchObject([{ kind: hasProc ? 'removed' : 'living' }]);
  });

  it('a living run beats every 15 seconds, and no longer when it has ended', async () => {
    vi.useFakeTimers();
    const out = newFolder();
    const staging = await outputs(out).openDraft({ dataset: 'sales', version: 'v1', run: 'r1' });
    const heartbeat = join(out, '.tidemark-r1', 'heartbeat');
    age(heartbeat, 100);
    vi.advanceTimersByTime(16_000);
    expect(Date.now() - fs.statSync(heartbeat).mtimeMs).toBeLessThan(50_000);
    await staging.abort();
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([
    ['without a journal', (root: string) => rmSync(join(root, 'journal.json'))],
    ['with a journal cut short', (root: string) => writeFileSync(join(root, 'journal.json'), '{"format":1,"ru')],
    ['that is empty', (root: string) => (rmSync(root, { recursive: true }), mkdirSync(root))],
  ])('a staging folder %s goes when it has not been touched for two minutes', async (_, damage) => {
    const out = newFolder();
    await new Run({ out, ...dead }).ended();
    const root = join(out, '.tidemark-dead');
    damage(root);
    expect(await outputs(out).recover()).toMatchObject([{ kind: 'living' }]);
    age(existsSync(join(root, 'heartbeat')) ? join(root, 'heartbeat') : root, 130);
    expect(await outputs(out).recover()).toMatchObject([{ kind: 'removed', run: 'dead' }]);
    expect(tree(out)).toEqual({});
  });

  it("leaves alone what only has a staging folder's name", async () => {
    const out = newFolder();
    mkdirSync(join(out, '.tidemark-notes'));
    writeFileSync(join(out, '.tidemark-notes', 'diary.txt'), 'dear diary');
    age(join(out, '.tidemark-notes'), 1000);
    writeFileSync(join(out, '.tidemark-file'), '');
    const before = tree(out);
    expect(await outputs(out).recover()).toMatchObject([
      { kind: 'failed', message: expect.stringContaining('left alone') },
    ]);
    expect(tree(out)).toEqual(before);
  });

  it('finishes a removal that was cut short, at once', async () => {
    const out = newFolder();
    mkdirSync(join(out, '.tidemark-gone~', 'files'), { recursive: true });
    expect(await outputs(out).recover()).toMatchObject([{ kind: 'removed', run: 'gone' }]);
    expect(tree(out)).toEqual({});
  });

  it.each([
    ['was removed', (version: string) => rmSync(version, { recursive: true })],
    ['lost a shard', (version: string) => rmSync(join(version, 'v1-0.parquet'))],
    ['has a shorter shard', (version: string) => writeFileSync(join(version, 'v1-0.parquet'), 'x')],
    ['has a longer shard', (version: string) => appendFileSync(join(version, 'v1-0.parquet'), 'x')],
    ['has another manifest', (version: string) => writeFileSync(join(version, '_manifest.v1.json'), '{"shards":[]}')],
  ])('writes no lines for a version that %s since then', async (_, change) => {
    const out = newFolder();
    await new Run({ out, ...dead, killAt: 'version-renamed' }).ended();
    change(join(out, 'sales', 'v1'));
    const [report] = await outputs(out).recover();
    expect(report!.message).toContain('changed or removed since then');
    expect(existsSync(join(out, 'valohai.metadata.jsonl'))).toBe(false);
    expect(leftovers(out)).toEqual([]);
  });

  it('keeps the dataset folder with the versions of others', async () => {
    const out = newFolder();
    await new Run({ out, ...dead, version: 'v0', run: 'first', killAt: 'never' }).ended();
    await new Run({ out, ...dead, killAt: 'dataset-made' }).ended();
    await outputs(out).recover();
    expect(expectPromise(out)).toEqual(['dataset://sales/v0']);
  });
});

describe('liveness', () => {
  const own = systemProcesses.own();

  it('knows itself', () => {
    expect(own).toMatchObject({ host: hostname(), pid: process.pid });
    expect(systemProcesses.liveness(own)).toBe(hasProc ? 'living' : 'unknown');
  });

  it('knows the dead, with and without a /proc', async () => {
    const child = spawn('true');
    await once(child, 'close');
    const { start, ...without } = { ...own, pid: child.pid! };
    expect(systemProcesses.liveness({ ...without, ...(start === undefined ? {} : { start }) })).toBe('dead');
    expect(systemProcesses.liveness(without)).toBe('dead');
    expect(systemProcesses.liveness({ ...without, pid: process.pid })).toBe('unknown');
  });

  it.skipIf(!hasProc)('takes a zombie for dead', async () => {
    const parent = spawn('bash', ['-c', 'sleep 0.3 & echo $!; exec sleep 20']);
    try {
      const [text] = (await once(parent.stdout, 'data')) as [Buffer];
      const pid = Number(text.toString());
      const stat = (): string => readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]!;
      const zombie = { ...own, pid, start: stat().split(' ')[19]! };
      expect(systemProcesses.liveness(zombie)).toBe('living');
      await vi.waitFor(() => expect(stat()).toMatch(/^Z/), { timeout: 5000 });
      expect(systemProcesses.liveness(zombie)).toBe('dead');
    } finally {
      parent.kill('SIGKILL');
    }
  });
});
