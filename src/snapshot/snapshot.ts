import { join } from 'node:path';
import type { RunListener } from '../core/progress.js';
import type { ShardReceipt } from '../core/shard.js';
import type { TablePlan } from '../core/source.js';
import { openStaging, type PublishRequest, recover, type Staging } from '../destination/folder/index.js';
import { readAllRanges } from '../lane/crew.js';
import { type LoadedFormat, loadFormat } from '../lane/load-format.js';
import type { LaneStart, RangeReceipt } from '../lane/messages.js';
import { encodeManifest, manifestName } from '../manifest/encode.js';
import type { Manifest } from '../manifest/shape.js';
import { metadataLines } from '../manifest/valohai.js';
import { openSource } from './open-source.js';
import type { Plan } from './plan.js';
import type { SnapshotResult } from './result.js';
import { RunNotes } from './notes.js';
import { manifestOf } from './record.js';
import { shardPaths } from './shards.js';
import { chooseThreads } from './threads.js';
import { workOf, writeEmptyShards } from './work.js';
import { assertWritable } from './writable.js';

export interface RunOptions {
  /** Ends the run: everything it wrote is removed, its connections are closed. */
  readonly signal: AbortSignal;
  readonly listener?: RunListener;
}

/**
 * Makes one dataset version: the story of a run, from the plan to the published files.
 *
 * All or nothing: when it throws, or the signal fires, nothing of the run stays in the outputs folder.
 * @throws TidemarkError request.invalid, request.version-exists, source.*, destination.*, data.*; the signal's reason
 */
export async function runSnapshot(
  plan: Plan,
  { signal, listener = () => undefined }: RunOptions,
): Promise<SnapshotResult> {
  assertWritable(plan);
  const notes = new RunNotes(listener, plan.warnings);
  for (const { message } of await recover(plan.out, signal)) listener({ type: 'recovered', message });
  const { out, dataset, version, run } = plan;
  const staging = await openStaging({ out, dataset, version, run, names: [manifestName(version)] });
  // A process that is made to end at once still takes its staging folder with it.
  const lastResort = (): void => staging.abortSync();
  process.once('exit', lastResort);
  try {
    const { manifest, shards } = await read(plan, staging, notes, signal);
    listener({ type: 'publishing', shards: shards.length });
    signal.throwIfAborted();
    await staging.publish({
      files: shards,
      manifest: { name: manifestName(plan.version), bytes: encodeManifest(manifest) },
      metadataLines: metadataLines(manifest),
      signal,
    });
    return resultOf(plan, manifest, notes.seconds());
  } catch (error) {
    await staging.abort();
    throw error;
  } finally {
    process.off('exit', lastResort);
  }
}

interface Written {
  readonly manifest: Manifest;
  /** From names in the staging folder to names in the version's folder. */
  readonly shards: PublishRequest['files'];
}

/** Opens the source at one moment, has the lanes write all shards, and records what was written. */
async function read(plan: Plan, staging: Staging, notes: RunNotes, signal: AbortSignal): Promise<Written> {
  const source = await openSource(plan, signal);
  try {
    const threads = chooseThreads(plan, source);
    notes.opened(source, threads);
    const start = { ...workOf(plan, source), ticket: source.ticket, folder: staging.folder };
    const ranges = await readAllRanges(start, { ...threads, signal, listener: notes.listener, lost: source.lost });
    const certificate = await source.confirm(ranges.map((range) => range.evidence));
    const format = await loadFormat(start.format);
    const receipts = withEmptyTables(start, format, ranges);
    const shards = shardPaths(plan, source.tables, receipts);
    for (const { table, name } of emptyTables(source.tables, receipts)) notes.warn(`${table ?? name}: no rows`);
    const manifest = manifestOf({ plan, source, certificate, threads, notes, shards, storedAs: format.typeName });
    const files = shards.flat().map(({ path, receipt: { file, bytes } }) => ({ from: file, to: path, bytes }));
    return { manifest, shards: files };
  } finally {
    await source.close();
  }
}

function emptyTables(tables: readonly TablePlan[], receipts: readonly ShardReceipt[]): readonly TablePlan[] {
  return tables.filter((_, index) => receipts.every(({ table, rows }) => table !== index || rows === 0));
}

/** A table without rows still gets a file: it holds the schema. */
function withEmptyTables(
  start: Omit<LaneStart, 'encoders'>,
  format: LoadedFormat,
  ranges: readonly RangeReceipt[],
): readonly ShardReceipt[] {
  const receipts = ranges.flatMap((range) => range.shards);
  const filled = new Set(receipts.map((receipt) => receipt.table));
  const empty = start.tables.map((_, table) => table).filter((table) => !filled.has(table));
  return [...receipts, ...writeEmptyShards(start, format, empty)];
}

function resultOf(plan: Plan, { id, version, run }: Manifest, seconds: number): SnapshotResult {
  const shards = version.tables.flatMap((table) => table.shards);
  return {
    status: 'created',
    version: version.uri,
    id,
    rows: version.rows,
    bytes: version.bytes,
    shards: shards.map(({ path, rows, bytes, sha256 }) => ({ path, rows, bytes, sha256 })),
    splits: {},
    location: join(plan.out, plan.dataset, plan.version),
    seconds,
    warnings: run.warnings,
  };
}
