import pLimit from 'p-limit';
import { TidemarkError } from '../../core/errors.js';
import type { LongestRow } from '../../core/longest-row.js';
import { machineCores } from '../../machine/cores.js';
import { machineMemory } from '../../machine/memory.js';
import type { Manifest, ManifestShard, ManifestTable, ManifestVersion } from '../../manifest/shape.js';
import { shardsOf } from '../../manifest/shards.js';
import { formatOfVersion } from '../../shard/registry.js';
import type { VersionLocation } from '../locate.js';
import { checksInThreads } from './check-threads.js';
import { tellsEntities } from './count-rows.js';
import { EntityRecount } from './entities.js';
import { checksHere, type FilesToCheck, type ShardPlace } from './file-checks.js';
import { failure, type Finding } from './finding.js';
import type { VerifyOptions, VerifyProgress } from './options.js';
import { absentReused } from './reused.js';
import { TableTotals } from './totals.js';

/** What came of checking the shards of a version. */
export interface CheckedFiles {
  readonly findings: readonly Finding[];
  readonly rows: number;
  readonly bytes: number;
}

/** Checks the shards of a version, and what is told of all of them together. @throws destination.*; the signal's reason */
export async function checkFiles(
  place: VersionLocation,
  manifest: Manifest,
  options: VerifyOptions,
): Promise<CheckedFiles> {
  const { version } = manifest;
  const unknown = unknownFormat(version, place.manifest);
  if (unknown.length > 0) return { findings: unknown, rows: 0, bytes: 0 };
  const entities = options.quick || options.member ? undefined : entitiesOf(version);
  try {
    const { absent, findings } = await absentReused(place, manifest);
    const checked = await checkThoseThere(place, version, options, { entities, absent });
    return { ...checked, findings: [...checked.findings, ...findings] };
  } finally {
    entities?.close();
  }
}

/** Every how many-th one is a member's own. */
export function ofMember<T>(all: readonly T[], { member }: VerifyOptions): readonly T[] {
  return member === undefined ? all : all.filter((_, index) => index % member.count === member.index);
}

/** Of files in a format that nobody knows here, nothing can be said. */
function unknownFormat(version: ManifestVersion, file: string): readonly Finding[] {
  try {
    formatOfVersion(version);
    return [];
  } catch (thrown) {
    return [failure('manifest', file, TidemarkError.from(thrown).message)];
  }
}

/** Of a part's version the manifest tells the entities of all parts. */
function entitiesOf(version: ManifestVersion): EntityRecount | undefined {
  const { split, entities: told, part } = version;
  return split && told && part === undefined && tellsEntities(version) ? new EntityRecount(split, told) : undefined;
}

/** A shard among all of a version. */
interface PlacedShard {
  readonly at: ShardPlace;
  readonly shard: ManifestShard;
}

async function checkThoseThere(
  place: VersionLocation,
  version: ManifestVersion,
  options: VerifyOptions,
  { entities, absent }: { readonly entities: EntityRecount | undefined; readonly absent: ReadonlySet<ManifestShard> },
): Promise<CheckedFiles> {
  const { quick = false, signal } = options;
  const tables = version.tables.map((table) => tableTotals(table, place.manifest, { version, quick }));
  const all = version.tables.flatMap((table, index) =>
    shardsOf(table).map((shard, number): PlacedShard => ({ at: { table: index, shard: number }, shard })),
  );
  const shards = ofMember(all, options).filter(({ shard }) => !absent.has(shard));
  const advance = progressOf(shards, options);
  const threads = threadsFor(shards, options);
  const files: FilesToCheck = {
    ...{ version, folder: place.folder, quick, entities: entities !== undefined },
    longestRow: longestRow(threads, options),
  };
  const checks = threads > 1 ? checksInThreads(files, threads) : await checksHere(files, place.store);
  try {
    const checked = await pLimit(checks.atOnce).map(shards, async ({ at, shard }) => {
      signal?.throwIfAborted();
      const check = await checks.check(at, {
        signal,
        onBytes: (count) => advance(0, count),
        onEntities: (records) => entities?.note(records),
      });
      if (check.facts) tables[at.table]!.totals?.add(shard, check.facts);
      advance(1, 0);
      return check;
    });
    const findings = [
      ...checked.flatMap((check) => check.findings),
      ...tables.flatMap(({ totals, findings: own }) => [...own, ...(totals?.findings() ?? [])]),
    ];
    // Of rows that could not be read, nobody knows the entities.
    const complete = findings.length === 0 && absent.size === 0;
    return {
      findings: [...findings, ...(complete ? (entities?.findings(place.manifest) ?? []) : [])],
      rows: checked.reduce((total, check) => total + check.rows, 0),
      bytes: checked.reduce((total, check) => total + check.bytes, 0),
    };
  } finally {
    await checks.close();
  }
}

/** Undefined totals: values are not looked at, or there is a finding that says why not. */
function tableTotals(
  table: ManifestTable,
  file: string,
  { version, quick }: { readonly version: ManifestVersion; readonly quick: boolean },
): { readonly totals: TableTotals | undefined; readonly findings: readonly Finding[] } {
  if (quick) return { totals: undefined, findings: [] };
  try {
    return { totals: new TableTotals(table, file, version), findings: [] };
  } catch (thrown) {
    return { totals: undefined, findings: [failure('schema', file, TidemarkError.from(thrown).message)] };
  }
}

function progressOf(
  shards: readonly PlacedShard[],
  { onProgress }: VerifyOptions,
): (files: number, bytes: number) => void {
  const totalBytes = shards.reduce((total, { shard }) => total + shard.bytes, 0);
  let progress: VerifyProgress = { files: 0, totalFiles: shards.length, bytes: 0, totalBytes };
  return (files, bytes) => {
    progress = { ...progress, files: progress.files + files, bytes: progress.bytes + bytes };
    onProgress?.(progress);
  };
}

/** Fewer bytes than that are read by the time at which threads have begun. */
const worthThreads = 16 * 1024 * 1024;
/** What verifying takes, measured with lineitem rows (bench/parts/proof): the process, and each thread. */
const needs = { process: 90 * 1024 * 1024, thread: 110 * 1024 * 1024 };

/** How often a thread has a very long value at once: a little less was measured (bench/parts/memory). */
const copiesOfRow = 5;
/** What a row group of ours has anyway. */
const usualRow = 32 * 1024 * 1024;
/** Without a budget, a value may take so much of the machine's memory: nobody's file should end the process. */
const mostOfMachine = 0.75;

/** A place that somebody else has made is known in this thread alone. */
function threadsFor(shards: readonly PlacedShard[], options: VerifyOptions): number {
  const { lanes = 'auto', cores = machineCores({}).count, memory = Infinity, destinationOf } = options;
  const bytes = shards.reduce((total, { shard }) => total + shard.bytes, 0);
  const asked = lanes === 'auto' ? (bytes < worthThreads ? 1 : cores) : lanes;
  const room = Math.floor((memory - needs.process) / needs.thread);
  return destinationOf === undefined ? Math.max(1, Math.min(asked, shards.length, room)) : 1;
}

function longestRow(threads: number, { memory = mostOfMachine * machineMemory() }: VerifyOptions): LongestRow {
  const [base, perByte] = [needs.process + threads * needs.thread, threads * copiesOfRow];
  return { bytes: Math.max(usualRow, Math.floor((memory - base) / perByte)), memory: { base, perByte } };
}
