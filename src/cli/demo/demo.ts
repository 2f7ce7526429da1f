import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { exitCodes, TidemarkError } from '../../core/errors.js';
import { shellWord } from '../../core/shell-word.js';
import { formatBytes, formatCount } from '../../core/units.js';
import { pathFrom, tidemarkFrom } from '../typed-command.js';
import { runTidemark } from './command.js';
import { freshFolder } from './folder.js';
import { nextSteps } from './next-steps.js';
import { firstRows } from './rows.js';
import type { Stage } from './stage.js';
import { tamperedCopy } from './tamper.js';
import { readVersionFiles, sameFiles, type VersionFiles } from './version-files.js';

export interface DemoOptions {
  /** Folder for the files. Default: `tidemark-demo` in the working folder; with a number where that is taken. */
  readonly out?: string;
  /** Rows of the table before it changes. Default 200,000. */
  readonly rows?: number;
  /** On a server of MariaDB or MySQL that is installed here, in place of PostgreSQL. */
  readonly mysql?: boolean;
  /** Leave the server running after the story, until the signal comes. */
  readonly keep?: boolean;
  readonly signal: AbortSignal;
  print(line: string): void;
}

export interface DemoResult {
  /** Absolute path of the folder that holds what the demo made. */
  readonly folder: string;
  readonly versions: readonly { readonly uri: string; readonly id: string; readonly rows: number }[];
}

const uri = 'dataset://customer-data/{quarter}';

/**
 * The whole idea, on a real server: a table is snapshotted as a dataset version, the table changes, it is snapshotted
 * again, the first version is still what it was, and a byte that somebody changes is found. The commands are those that a user
 * types.
 * @throws request.invalid, source.*, destination.*; the signal's reason after an abort, when the server is gone
 */
export async function runDemo(options: DemoOptions): Promise<DemoResult> {
  const { print, signal } = options;
  print('1. A live database');
  const started = performance.now();
  const stage = await openStage(options.mysql ?? false);
  try {
    signal.throwIfAborted();
    const folder = await freshFolder(options.out ?? 'tidemark-demo');
    print(`   ${stage.title} listens on ${stage.host}:${stage.port}, from ${seconds(started)}.`);
    const result = await tellStory(stage, folder, options);
    if (options.keep) {
      print(`\nThe server keeps running at ${stage.url} until you press Ctrl-C.`);
      await sleep(2 ** 31 - 1, undefined, { signal }).catch(() => undefined);
    }
    return result;
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    await stage.stop();
  }
}

async function tellStory(stage: Stage, folder: string, options: DemoOptions): Promise<DemoResult> {
  const { print, signal, rows = 200_000 } = options;
  const filling = performance.now();
  await stage.fill(rows, signal);
  print(`   Its table customer_data has ${formatCount(rows)} rows and 21 columns, in ${seconds(filling)}.`);

  print('\n2. On 2024-01-15: a snapshot becomes the dataset version 2024-q1');
  const source = ['--source', stage.url, '--table', 'customer_data', '--dataset', uri, '--date-column', 'signup_date'];
  const versions = join(folder, 'outputs', 'customer-data');
  const command = tidemarkFrom(folder);
  const tidemark = async (words: readonly string[], expected = 0): Promise<void> => {
    print(`   $ ${command} ${words.map(shellWord).join(' ')}`);
    await runTidemark(words, folder, { signal, expected });
  };
  print(`   $ cd ${pathFrom(process.cwd(), folder)}`);
  await tidemark(['snapshot', ...source, '--date', '2024-01-15']);
  print('   Its first rows, read back from the file:');
  for (const line of await firstRows(join(versions, '2024-q1'), 3)) print(`     ${line}`);
  const before = await readVersionFiles(join(versions, '2024-q1'));

  print('\n3. The table changes');
  const changes = await stage.change(signal);
  const touched = (command: string): string =>
    formatCount(changes.filter((c) => c.command === command).reduce((sum, c) => sum + (c.rowCount ?? 0), 0));
  print(`   ${touched('INSERT')} rows inserted, ${touched('UPDATE')} updated, ${touched('DELETE')} deleted.`);

  print('\n4. On 2024-04-15: the same command makes 2024-q2');
  await tidemark(['snapshot', ...source, '--date', '2024-04-15']);

  print('\n5. Both versions hold what their manifests say');
  await tidemark(['verify', 'outputs/customer-data/2024-q1']);
  await tidemark(['verify', 'outputs/customer-data/2024-q2']);

  const after = await readVersionFiles(join(versions, '2024-q1'));
  const second = await readVersionFiles(join(versions, '2024-q2'));
  print('\n6. The first version is still what it was');
  if (!sameFiles(before, after)) {
    throw new TidemarkError('verification.failed', 'the files of 2024-q1 have changed', {
      hint: `Look into ${versions}: something else must have written there.`,
    });
  }
  compare(before, after, second, print);

  const { file, at } = await tamperedCopy(join(versions, '2024-q2'), join(folder, 'tampered', '2024-q2'));
  print(`\n7. In a copy, byte ${formatCount(at)} of ${file} is changed`);
  await tidemark(['verify', 'tampered/2024-q2'], exitCodes['verification.failed']);
  print(`   Its exit code is ${exitCodes['verification.failed']}.`);
  for (const line of nextSteps(folder, stage, options.keep ?? false)) print(line);
  const made = (name: string, { id, rows: count }: VersionFiles) => ({
    uri: `dataset://customer-data/${name}`,
    id,
    rows: count,
  });
  return { folder, versions: [made('2024-q1', after), made('2024-q2', second)] };
}

function compare(before: VersionFiles, after: VersionFiles, second: VersionFiles, print: (line: string) => void): void {
  const line = (what: string, { rows, bytes, sha256, id }: VersionFiles): void =>
    print(
      `   ${what.padEnd(17)} ${formatCount(rows).padStart(9)} rows  ${formatBytes(bytes).padStart(8)}  ` +
        `${sha256.size} files  id ${id.slice(0, 16)}…`,
    );
  line('2024-q1, written', before);
  line('2024-q1, now', after);
  line('2024-q2', second);
  print(`   The sha-256 of each file of 2024-q1 is the same as when it was written.`);
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}

function openStage(mysql: boolean): Promise<Stage> {
  return mysql
    ? import('./mysql-stage.js').then(({ mysqlStage }) => mysqlStage())
    : import('./postgres-stage.js').then(({ postgresStage }) => postgresStage());
}
