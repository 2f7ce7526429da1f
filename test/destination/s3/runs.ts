import { afterAll, expect, it } from 'vitest';
import { execa } from 'execa';
import { startMoto } from '../../servers/s3/moto.js';
import type { StoreForTests } from '../../servers/s3/store.js';
import { startStrictS3, type StrictS3 } from '../../servers/s3/strict.js';

/** What a run is asked: see publisher.mjs. */
export interface RunRequest {
  readonly location: string;
  readonly versions: readonly string[];
  readonly run: string;
  readonly shards?: number;
  readonly shardBytes?: number;
  readonly killAt?: string;
  readonly killAfter?: number;
}

export interface RunEnd {
  readonly signal: string | undefined;
  readonly recovered: readonly { readonly kind: string; readonly message: string }[];
  /** What it said last: `{ published }` or `{ failed, message }`. */
  readonly last: Readonly<Record<string, unknown>>;
}

/** A strict store of our own, and that of moto; where the latter is not there, a test that is skipped says why. */
export async function bothStores(): Promise<[[string, StrictS3], ...[string, StoreForTests][]]> {
  const strict = await startStrictS3();
  const moto = await startMoto('bucket');
  if ('missing' in moto) it.skip(`the store of moto: ${moto.missing}`);
  afterAll(() => {
    strict.stop();
    if ('stop' in moto) moto.stop();
  });
  return 'stop' in moto
    ? [
        ['strict', strict],
        ['moto', moto],
      ]
    : [['strict', strict]];
}

const program = new URL('./publisher.mjs', import.meta.url).pathname;

/** A run in a process of its own, to its end. */
export async function runInProcess(request: RunRequest): Promise<RunEnd> {
  const { stdout, signal } = await execa(process.execPath, [program, JSON.stringify(request)], {
    reject: false,
    timeout: 60_000,
    stdin: 'ignore',
  });
  const events = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const recovered = (events.find((event) => 'recovered' in event)?.['recovered'] ?? []) as RunEnd['recovered'];
  return { signal, recovered, last: events.at(-1) ?? {} };
}

/** The keys of a bucket's objects below a prefix, without it. */
export async function keysIn(store: StoreForTests, prefix: string): Promise<string[]> {
  const { objects } = await store.contents();
  return objects
    .filter(({ key }) => key.startsWith(`${prefix}/`))
    .map(({ key }) => key.slice(prefix.length + 1))
    .sort();
}

export const filesOf = (version: string): string[] =>
  [`_manifest.${version}.json`, `part=1/${version}-1.parquet`, `${version}-0.parquet`, `${version}-2.parquet`].map(
    (name) => `sales/${version}/${name}`,
  );

/** Where a manifest is, all objects of its version are. @returns the versions that are there */
export async function expectPromise(store: StoreForTests, prefix: string): Promise<string[]> {
  const keys = await keysIn(store, prefix);
  const versions = keys.flatMap((key) => /^sales\/([^/]+)\/_manifest\./.exec(key)?.[1] ?? []);
  for (const version of versions) expect(keys).toEqual(expect.arrayContaining(filesOf(version)));
  return versions;
}

/** Nothing is there but these versions: no claim, no record, no upload. */
export async function expectOnly(store: StoreForTests, prefix: string, versions: readonly string[]): Promise<void> {
  expect(await keysIn(store, prefix)).toEqual(versions.flatMap(filesOf).sort());
  const { uploads } = await store.contents();
  expect(uploads.filter(({ key }) => key.startsWith(`${prefix}/`))).toEqual([]);
}
