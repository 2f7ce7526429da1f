import { chmodSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execaSync } from 'execa';
import { describe, expect, it, vi } from 'vitest';
import { installedMysql, mysqlBinaries } from '../src/cli/demo/mysql-binaries.js';
import { formatBytes } from '../src/core/units.js';
import { emptyFolder, tidemark } from './support/cli.js';

function processesUsing(folder: string): string[] {
  const { stdout } = execaSync('ps', ['-eo', 'pid,args']);
  return stdout.split('\n').filter((line) => line.includes(folder));
}

describe('tidemark demo', () => {
  it('tells the story, and leaves two versions that one can open', { timeout: 120_000 }, async () => {
    const cwd = emptyFolder('demo');
    const run = await tidemark(['demo', '--json'], { cwd });
    expect(run.code, run.stderr).toBe(0);
    // It has seen itself what was done to a file.
    expect(run.stderr).toContain('the bytes were changed');
    expect(run.stderr).toContain('Amara García');
    const { folder, versions } = JSON.parse(run.stdout) as {
      folder: string;
      versions: { uri: string; id: string; rows: number }[];
    };
    expect(folder).toBe(join(cwd, 'tidemark-demo'));
    expect(versions.map(({ uri }) => uri)).toEqual([
      'dataset://customer-data/2024-q1',
      'dataset://customer-data/2024-q2',
    ]);
    expect(versions.map(({ rows }) => rows)).toEqual([200_000, 212_934]);
    expect(versions[1]!.id).not.toBe(versions[0]!.id);
    for (const name of ['2024-q1', '2024-q2']) {
      const location = join(folder, 'outputs', 'customer-data', name);
      expect((await tidemark(['verify', location])).code).toBe(0);
    }
    const lines = readFileSync(join(folder, 'outputs', 'valohai.metadata.jsonl'), 'utf8')
      .trim()
      .split('\n');
    const uris = new Set(lines.map((line) => (JSON.parse(line) as Line).metadata['valohai.dataset-versions'][0]!.uri));
    expect([...uris]).toEqual(versions.map(({ uri }) => uri));
    expect(parts(manifestOf(folder), exampleOfReadme())).toEqual(exampleOfReadme());
    expect(readme).toContain(formatBytes(statSync(join(folder, shard)).size));
  });

  it('tells the same story again beside the first, with the same versions', async () => {
    const cwd = emptyFolder('demo');
    const runs = [];
    for (let i = 0; i < 2; i += 1) {
      const run = await tidemark(['demo', '--rows', '1000', '--json'], { cwd });
      runs.push(JSON.parse(run.stdout) as { folder: string; versions: { id: string }[] });
    }
    expect(runs.map(({ folder }) => folder)).toEqual([join(cwd, 'tidemark-demo'), join(cwd, 'tidemark-demo-2')]);
    expect(runs[1]!.versions).toEqual(runs[0]!.versions);
  });

  it.each([300, 900, 1800, 3000])('cleans up after Ctrl-C at %i ms', async (delay) => {
    // A server of root's runs as another user, who must be able to work in the folder.
    const temporary = emptyFolder('tmp');
    chmodSync(temporary, 0o1777);
    const run = await tidemark(['demo', '--keep', '--rows', '20000'], {
      cwd: emptyFolder('demo'),
      env: { TMPDIR: temporary },
      onSpawn: (child) => void sleep(delay).then(() => child.kill('SIGINT')),
    });
    // Before the first line of our code has run, the signal itself ends the process; a shell says 130 for that too.
    expect(run.signal === 'SIGINT' ? 130 : run.code, run.stderr).toBe(130);
    for (let waited = 0; waited < 5000 && readdirSync(temporary).length > 0; waited += 50) await sleep(50);
    expect(readdirSync(temporary)).toEqual([]);
    expect(processesUsing(temporary)).toEqual([]);
  });
});

const installed = installedMysql();

describe.skipIf(!installed)(
  `tidemark demo --mysql${installed ? '' : ' (skipped: neither MariaDB nor MySQL is installed)'}`,
  () => {
    it('tells the same story on MariaDB, and leaves nothing but the files', { timeout: 120_000 }, async () => {
      const [cwd, temporary] = [emptyFolder('demo'), emptyFolder('tmp')];
      chmodSync(temporary, 0o1777);
      const run = await tidemark(['demo', '--mysql', '--rows', '1000', '--json'], { cwd, env: { TMPDIR: temporary } });
      expect(run.code, run.stderr).toBe(0);
      expect(run.stderr).toContain(`${installed!.brand} ${installed!.version} listens on 127.0.0.1:`);
      expect(run.stderr).toContain('75 rows inserted, 114 updated, 7 deleted');
      expect(run.stderr).toContain('the bytes were changed');
      expect(run.stderr).toContain('Olga Nguyễn');
      const { versions } = JSON.parse(run.stdout) as { versions: { rows: number }[] };
      expect(versions.map(({ rows }) => rows)).toEqual([1000, 1068]);
      expect(readdirSync(temporary)).toEqual([]);
    });

    // The server's data are being made, the table is, and the story goes on.
    it.each([700, 1000, 2500])('leaves nothing when it is killed after %i ms', async (delay) => {
      const temporary = emptyFolder('tmp');
      chmodSync(temporary, 0o1777);
      await tidemark(['demo', '--mysql', '--keep', '--rows', '20000'], {
        cwd: emptyFolder('demo'),
        env: { TMPDIR: temporary },
        onSpawn: (child) => void sleep(delay).then(() => child.kill('SIGKILL')),
      });
      for (let waited = 0; waited < 15_000 && readdirSync(temporary).length > 0; waited += 50) await sleep(50);
      expect(readdirSync(temporary)).toEqual([]);
      expect(processesUsing(temporary)).toEqual([]);
    });
  },
);

it('tidemark demo --mysql says what to install where there is no server', () => {
  vi.stubEnv('PATH', '/nonexistent');
  try {
    expect(() => mysqlBinaries([])).toThrow(
      expect.objectContaining({
        code: 'request.invalid',
        hint: expect.stringMatching(/apt-get install mariadb-server.*brew install mariadb.*without --mysql/s) as string,
      }),
    );
  } finally {
    vi.unstubAllEnvs();
  }
});

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const shard = 'outputs/customer-data/2024-q1/customer-data-2024-q1-00000.parquet';

/** What README shows of the demo's manifest, without what is another with every run. */
function exampleOfReadme(): unknown {
  const example = JSON.parse(/```json\n(.*?)```/s.exec(readme)![1]!) as { run: { certificate: object } };
  return { ...example, run: { certificate: { ...example.run.certificate, lsn: expect.any(String) as unknown } } };
}

function manifestOf(folder: string): unknown {
  return JSON.parse(readFileSync(join(folder, 'outputs/customer-data/2024-q1/_manifest.2024-q1.json'), 'utf8'));
}

/** Of a value those keys, and of a list those items, that an excerpt has; items are found by their name or path. */
function parts(whole: unknown, excerpt: unknown): unknown {
  if (Array.isArray(excerpt) && Array.isArray(whole)) {
    const key = (item: Record<string, unknown>): unknown => item['name'] ?? item['path'];
    return (excerpt as Record<string, unknown>[]).map((item) => {
      const found = (whole as Record<string, unknown>[]).find(
        (one) => key(item) === undefined || key(one) === key(item),
      );
      return parts(found, item);
    });
  }
  if (typeof excerpt !== 'object' || excerpt === null || typeof whole !== 'object' || whole === null) return whole;
  return Object.fromEntries(
    Object.entries(excerpt).map(([key, value]) => [key, parts((whole as Record<string, unknown>)[key], value)]),
  );
}

interface Line {
  readonly metadata: { readonly 'valohai.dataset-versions': readonly { readonly uri: string }[] };
}
