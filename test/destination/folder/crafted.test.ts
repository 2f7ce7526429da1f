import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { oneShard, outputs, sales } from './one-shard.js';
import { Run, newFolder, tree } from './outputs.js';

interface LooseJournal {
  run: string;
  target: { dataset: string; version: string; datasetWasThere: boolean };
  publication?: {
    manifest: { name: string; sha256: string };
    files: { path: string; bytes: number }[];
    lines: string[];
  };
}

/** An outputs folder with what a killed run left in it, inside of a folder with files of somebody's own. */
async function besideOthers(killAt: string): Promise<{ root: string; out: string; staging: string }> {
  const root = newFolder();
  const out = join(root, 'out');
  await new Run({ out, ...sales, killAt }).ended();
  mkdirSync(join(root, 'mine', 'sales', 'v1'), { recursive: true });
  mkdirSync(join(root, 'empty'));
  writeFileSync(join(root, 'mine', 'precious'), 'mine');
  writeFileSync(join(root, 'mine', 'sales', 'v1', '_manifest.v1.json'), 'mine');
  return { root, out, staging: join(out, '.tidemark-r1') };
}

function rewrite(staging: string, change: (journal: LooseJournal) => void): void {
  const path = join(staging, 'journal.json');
  const journal = JSON.parse(readFileSync(path, 'utf8')) as LooseJournal;
  change(journal);
  writeFileSync(path, JSON.stringify(journal));
  // A journal that cannot be believed says nothing of its run, which must be silent for long then.
  const long = new Date(Date.now() - 600_000);
  utimesSync(join(staging, 'heartbeat'), long, long);
}

const mine = (root: string): unknown => [tree(join(root, 'mine')), existsSync(join(root, 'empty'))];

describe('what somebody has made to look like a dead run', () => {
  it.each<[string, (journal: LooseJournal) => void]>([
    ['a manifest elsewhere', ({ publication }) => (publication!.manifest.name = '../../../../../mine/precious')],
    ['a file elsewhere', ({ publication }) => (publication!.files[0]!.path = '/etc/hostname')],
    ['a dataset elsewhere', ({ target }) => Object.assign(target, { dataset: '../empty', datasetWasThere: false })],
    ['a dataset that is no name', ({ target }) => Object.assign(target, { dataset: '', datasetWasThere: false })],
    ['a version elsewhere', ({ target }) => (target.version = '../../../../mine')],
  ])('%s: nothing outside of the outputs folder is touched', async (_, change) => {
    for (const killAt of ['manifest-staged', 'version-renamed']) {
      const { root, out, staging } = await besideOthers(killAt);
      rewrite(staging, change);
      const before = mine(root);
      await outputs(out).recover();
      expect(mine(root)).toEqual(before);
      expect(readdirSync(out).filter((name) => name.startsWith('.tidemark'))).toEqual([]);
    }
  });

  it.each<[string, (paths: { root: string; out: string; staging: string }) => void]>([
    [
      'a link in the place of the staged version',
      ({ root, staging }) => {
        rmSync(join(staging, 'version'), { recursive: true });
        symlinkSync(join(root, 'mine'), join(staging, 'version'));
      },
    ],
    [
      'a link in the place of its files',
      ({ root, staging }) => {
        rmSync(join(staging, 'files'), { recursive: true });
        symlinkSync(join(root, 'mine'), join(staging, 'files'));
      },
    ],
    [
      'a link in the place of the staging folder',
      ({ root, staging }) => {
        renameSync(staging, join(root, 'mine', 'staging'));
        symlinkSync(join(root, 'mine', 'staging'), staging);
      },
    ],
    [
      'a link in the place of the lock',
      ({ root, out }) => symlinkSync(join(root, 'mine'), join(out, '.tidemark.lock')),
    ],
  ])('%s is not followed', async (_, change) => {
    const paths = await besideOthers('manifest-staged');
    change(paths);
    const before = mine(paths.root);
    await outputs(paths.out)
      .recover()
      .catch(() => undefined);
    expect(mine(paths.root)).toEqual(before);
  });

  it('a pipe in the place of the journal is not waited for', async () => {
    const { root, out, staging } = await besideOthers('manifest-staged');
    rmSync(join(staging, 'journal.json'));
    execFileSync('mkfifo', [join(staging, 'journal.json')]);
    const before = mine(root);
    await outputs(out).recover();
    expect(mine(root)).toEqual(before);
    const draft = await outputs(out).openDraft({ ...sales, run: 'r2' });
    await draft.publish(await oneShard(draft));
    expect(existsSync(join(out, 'sales', 'v1', 's-0.parquet'))).toBe(true);
  });
});
