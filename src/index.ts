/**
 * Tidemark as a library: what the command line does, without printing.
 *
 * ```ts
 * import { snapshot, verify } from 'tidemark';
 *
 * const version = await snapshot({ table: 'customers', dataset: 'dataset://customers/{date}', out: 'outputs' });
 * const { valid } = await verify(version.location);
 * ```
 *
 * What a call needs is loaded when it is made: a program that imports this, and may never call it, starts as fast.
 */
import type { RunListener } from './core/progress.js';
import type { Found } from './version/find/index.js';
import type { RegisteredResult } from './version/register.js';
import type { DeltaLog, DeltaOptions } from './delta/log.js';
import type { Manifest } from './manifest/shape.js';
import type { VersionSummary } from './manifest/summary-shape.js';
import type { Verification, VerifyOptions } from './version/verify/index.js';
import type { Against } from './compare/against.js';
import type { VersionDiff } from './compare/diff-shape.js';
import type {
  AdoptOptions,
  AgainOptions,
  CompactOptions,
  DiffOptions,
  KeyValues,
  OptionContext,
  SnapshotOptions,
} from './snapshot/options.js';
import type { RecordBatch, Schema } from 'apache-arrow';
import type { RowsDigest } from './core/digest/of-batches.js';
import type { ByteWriter, WriteParquetOptions, WrittenParquet } from './shard/parquet/index.js';
import type { Plan } from './snapshot/plan.js';
import type { TableProfile } from './snapshot/profile.js';
import type { Preview, SnapshotResult } from './snapshot/result.js';

/** What surrounds a call. */
export interface Runtime {
  /** Ends the call: connections are closed, what was written is removed, and the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Hears how far the run is. */
  readonly listener?: RunListener;
  /**
   * Environment variables for what the options leave open: the connection (`DB_*`, `PG*`), the platform (`VH_*`), and
   * options as `TIDEMARK_*`. The process's own unless given; `{}` for none.
   */
  readonly env?: NodeJS.ProcessEnv;
  /** Folder that relative paths start from; the process's working folder unless given. */
  readonly cwd?: string;
  /** A YAML file with options, which those of the call overrule. None unless given. */
  readonly configFile?: string;
}

/**
 * Reads tables or a query at one moment of the database and publishes an immutable dataset version. All or nothing.
 * @throws TidemarkError request.* before the database is asked; source.*, destination.*, data.*; the signal's reason
 */
export async function snapshot(options: SnapshotOptions, runtime: Runtime = {}): Promise<SnapshotResult> {
  const plan = await planOf(options, runtime);
  const { runSnapshot } = await import('./snapshot/snapshot.js');
  const { signal = new AbortController().signal, listener } = runtime;
  return runSnapshot(plan, { signal, ...(listener === undefined ? {} : { listener }) });
}

/**
 * What `snapshot` with the same options would do: schema and types, ranges, lanes, names. Reads no row, writes nothing.
 * @throws TidemarkError request.*, source.*; the signal's reason
 */
export async function plan(options: SnapshotOptions, runtime: Runtime = {}): Promise<Preview> {
  const decided = await planOf(options, runtime);
  const { previewSnapshot } = await import('./snapshot/preview.js');
  const { signal = new AbortController().signal, listener } = runtime;
  return previewSnapshot(decided, { signal, ...(listener === undefined ? {} : { listener }) });
}

/**
 * What the rows that `snapshot` with the same options would read are like: reads a sample of them, and proposes what could be
 * expected of them, as the option `expect` takes it. Writes nothing.
 * @throws TidemarkError request.*, source.*; the signal's reason
 */
export async function profile(options: SnapshotOptions, runtime: Runtime = {}): Promise<readonly TableProfile[]> {
  const decided = await planOf(options, runtime);
  const { profileTables } = await import('./snapshot/profile.js');
  const { signal = new AbortController().signal, listener } = runtime;
  return profileTables(decided, { signal, ...(listener === undefined ? {} : { listener }) });
}

/**
 * Makes a dataset version of Parquet files that another engine wrote. They stay as they are, unless something is asked for that makes other
 * files of their rows: splits, partitions, masks, another format, codec or shard size. All or nothing.
 * @param location a folder or prefix with files, one of them, or the manifest that their engine has written
 * @throws TidemarkError request.*; verification.failed where files are not what their engine tells of them; source.unsupported for a type that
 *   cannot be kept; source.changed where somebody writes to them; destination.*, data.*; the signal's reason
 */
export async function adopt(
  location: string,
  options: AdoptOptions,
  runtime: Omit<Runtime, 'configFile'> = {},
): Promise<SnapshotResult> {
  const context = await contextOf(runtime);
  const { signal = new AbortController().signal, listener } = runtime;
  const [{ findFiles }, { placeAt }, { runSnapshot }, { adoptKeys, readOptions, resolveAdoptPlan }] = await Promise.all(
    [
      import('./files/find.js'),
      import('./files/place.js'),
      import('./snapshot/snapshot.js'),
      import('./snapshot/options.js'),
    ],
  );
  const set = await readOptions({ library: options, configFile: false, only: adoptKeys }, context);
  const found = await findFiles(location, await placeAt(location));
  const plan = await resolveAdoptPlan(set, context, { location, found });
  return runSnapshot(plan, { signal, ...(listener === undefined ? {} : { listener }) });
}

/**
 * Writes the rows of a version and of all that it inherits as one version, which inherits nothing. The database is not asked. All or
 * nothing.
 * @param location the newest version of a chain, or a folder with the versions of one
 * @throws TidemarkError request.*, destination.*; verification.failed where versions are not as they were; the signal's reason
 */
export async function compact(
  location: string,
  options: CompactOptions = {},
  runtime: Runtime = {},
): Promise<SnapshotResult> {
  const context = await contextOf(runtime);
  const { signal, listener } = runtime;
  const [{ findWholeChain }, { runCompact }, { compactKeys, readOptions, resolveCompactPlan }] = await Promise.all([
    import('./version/whole-chain.js'),
    import('./compact/compact.js'),
    import('./snapshot/options.js'),
  ]);
  const set = await readOptions({ library: options, configFile: false, only: compactKeys }, context);
  const chain = await findWholeChain(location);
  const plan = resolveCompactPlan(set, context, { location, newest: chain.at(-1)!.manifest.version });
  return runCompact(plan, chain, {
    signal: signal ?? new AbortController().signal,
    ...(listener === undefined ? {} : { listener }),
  });
}

/**
 * Writes the log that makes the folder of a chain a Delta table, each version of which is one of the chain.
 * @param location the newest version of a chain, or a folder with the versions of one
 * @throws TidemarkError request.invalid for a chain that is no such table, or a log that somebody else has written to;
 *   verification.failed for manifests that do not hold; destination.*
 */
export async function delta(location: string, options: DeltaOptions = {}): Promise<DeltaLog> {
  const { writeDeltaLog } = await import('./delta/log.js');
  return writeDeltaLog(location, options);
}

/**
 * Registers a version that lies in a bucket in Valohai: its objects are adopted into the store of a project, and made a dataset version. Token and project are
 * read from `runtime.env` (`VALOHAI_TOKEN`, `VALOHAI_PROJECT`). Doing it twice is doing it once.
 * @throws TidemarkError request.invalid where it is in no bucket; verification.failed; destination.*
 */
export async function register(location: string, runtime: Runtime = {}): Promise<RegisteredResult> {
  const { env = process.env, signal } = runtime;
  const [{ registrationSettings }, { registerAt }] = await Promise.all([
    import('./registration/settings.js'),
    import('./version/register.js'),
  ]);
  return registerAt(location, registrationSettings(env), signal);
}

/**
 * Checks every file of a version against its manifest. What is wrong comes back as findings.
 * @param location a version's folder, or an outputs folder that holds exactly one version
 * @throws TidemarkError request.invalid where there is no version; destination.* where files cannot be read
 */
export async function verify(location: string, options: VerifyOptions = {}): Promise<Verification> {
  const { verifyVersion } = await import('./version/verify/index.js');
  return verifyVersion(location, options);
}

/**
 * Reads what a version was made of once more, and compares it with the version and all that it inherits, row by row, by digests. Nothing is written.
 * Where the source goes back in time, and still can, the version's own moment is read; else that of the call. The key of masks and secret
 * parameters are read from `runtime.env`, as for the version.
 * @param location a version's folder, or an outputs folder that holds exactly one version
 * @param source the database, as the option `source` of `snapshot`
 * @throws TidemarkError request.invalid where the version is of another kind of database, or a key is another one; source.*, data.*;
 *   verification.failed where files of the version are not as they are listed; the signal's reason
 */
export async function verifyAgainst(
  location: string,
  source: string,
  options: AgainOptions = {},
  runtime: Omit<Runtime, 'configFile'> = {},
): Promise<Against> {
  const context = await contextOf(runtime);
  const { signal = new AbortController().signal, listener = () => undefined } = runtime;
  const [{ findWholeChain }, { compareWithSource }, { againKeys, readOptions, resolveAgainPlan }] = await Promise.all([
    import('./version/whole-chain.js'),
    import('./compare/against.js'),
    import('./snapshot/options.js'),
  ]);
  const set = await readOptions({ library: options, configFile: false, only: againKeys }, context);
  const chain = await findWholeChain(location);
  const plan = await resolveAgainPlan(chain.at(-1)!.manifest, source, { set, context });
  return compareWithSource(chain, plan, { signal, listener });
}

/**
 * Compares two versions, each with all that it inherits: columns, rows, and how the values of each column lie. Where digests agree, no file is read.
 * @param from a version's folder, or a folder with one version or one chain
 * @throws TidemarkError request.invalid for a key that is in no table, or does not tell rows apart; verification.failed where files are not
 *   as they are listed; the signal's reason
 */
export async function diff(
  from: string,
  to: string,
  options: DiffOptions = {},
  runtime: Omit<Runtime, 'configFile'> = {},
): Promise<VersionDiff> {
  const context = await contextOf(runtime);
  const { signal = new AbortController().signal, listener = () => undefined } = runtime;
  const [{ findOnlyChain }, { diffVersions }, { diffKeys, readOptions, resolveDiff }] = await Promise.all([
    import('./version/whole-chain.js'),
    import('./compare/diff.js'),
    import('./snapshot/options.js'),
  ]);
  const { key, rows, ...given } = options;
  const set = await readOptions({ library: given, configFile: false, only: diffKeys }, context);
  const plan = resolveDiff({ ...(key !== undefined && { key }), ...(rows !== undefined && { rows }) }, set, context);
  return diffVersions([await findOnlyChain(from), await findOnlyChain(to)], plan, { signal, listener });
}

/**
 * Finds the files that have rows of a key, in all versions at some locations: those of a customer who asks to be forgotten. Files that cannot have it, by
 * their statistics, are not read. The key of masks by hash is read from `runtime.env` (`TIDEMARK_MASK_KEY`).
 * @param key values as text, by column
 * @throws TidemarkError request.invalid where there is no version, or no table with such columns; verification.failed; the signal's reason
 */
export async function find(
  locations: string | readonly string[],
  key: KeyValues,
  { env = process.env, signal }: Pick<Runtime, 'env' | 'signal'> = {},
): Promise<Found> {
  const [{ findKey }, { resolveFind }] = await Promise.all([
    import('./version/find/index.js'),
    import('./snapshot/options.js'),
  ]);
  return findKey([locations].flat(), { ...resolveFind(key, env), ...(signal && { signal }) });
}

/** What is recorded of a version that was published. */
export interface ShownVersion {
  /** Absolute path of the folder that holds its files. */
  readonly folder: string;
  /** All that is recorded of it. */
  readonly manifest: Manifest;
  /** The same for people: what it is, where from, and how to make it again. */
  readonly summary: VersionSummary;
}

/**
 * Reads what a version is from its manifest; its data is not looked at.
 * @param location a version's folder, or an outputs folder that holds exactly one version
 * @throws TidemarkError request.invalid where there is no version; verification.failed for a manifest that cannot be read
 */
export async function show(location: string): Promise<ShownVersion> {
  const [{ locateVersion, readManifestFile }, { parseManifest }, { summariseVersion }] = await Promise.all([
    import('./version/locate.js'),
    import('./manifest/parse.js'),
    import('./manifest/summary.js'),
  ]);
  const place = await locateVersion(location);
  const { manifest } = parseManifest(await readManifestFile(place), place.manifest);
  return { folder: place.folder, manifest, summary: summariseVersion(manifest) };
}

/**
 * The logical digest of rows, wherever they come from. Batches may come in any order.
 * @param schema of the batches; where not given, that of the first one
 * @throws request.invalid where there is neither a batch nor a schema, or batches differ in their schema; source.unsupported
 *   for an Arrow type without a digest
 */
export async function digestOf(
  batches: Iterable<RecordBatch> | AsyncIterable<RecordBatch>,
  schema?: Schema,
): Promise<RowsDigest> {
  const { digestOf: compute } = await import('./core/digest/of-batches.js');
  return compute(batches, schema);
}

/**
 * Writes record batches as one Parquet file, a row group at a time: memory does not grow with the file. Where row groups
 * end depends on the rows alone, so the same rows give the same bytes however they were batched (gzip excepted, whose
 * encoder comes with Node). The sink is never closed. Arrow dictionaries are written as their values; a batch may be a slice of another; columns may be nested.
 * @throws source.unsupported for an Arrow type that Parquet does not have; request.invalid where there is neither a batch
 *   nor a schema, or batches differ in their schema; data.misfit for NULL in a column declared without
 */
export async function writeParquet(
  batches: Iterable<RecordBatch> | AsyncIterable<RecordBatch>,
  sink: ByteWriter,
  options: WriteParquetOptions = {},
): Promise<WrittenParquet> {
  const { writeParquet: write } = await import('./shard/parquet/index.js');
  return write(batches, sink, options);
}

async function contextOf({ env = process.env, cwd = process.cwd() }: Runtime): Promise<OptionContext> {
  const { homeFolder } = await import('./machine/this-user.js');
  return {
    env,
    cwd,
    home: homeFolder(),
    now: new Date(),
    random: Math.random,
  };
}

async function planOf(options: SnapshotOptions, runtime: Runtime): Promise<Plan> {
  const context = await contextOf(runtime);
  const { configFile } = runtime;
  const { readOptions, resolvePlan } = await import('./snapshot/options.js');
  return resolvePlan(await readOptions({ library: options, configFile: configFile ?? false }, context), context);
}

export type { Found, Holding } from './version/find/index.js';
export type { RegisteredResult } from './version/register.js';
export type { DeltaLog, DeltaOptions } from './delta/log.js';
export type { RowsDigest } from './core/digest/of-batches.js';
export { type ErrorCode, exitCodes, TidemarkError } from './core/errors.js';
export type { RunEvent, RunListener } from './core/progress.js';
export type { Column, LogicalType } from './core/types.js';
export type { Manifest } from './manifest/shape.js';
export type { VersionSummary } from './manifest/summary-shape.js';
export type { Finding, Verification, VerifyOptions, VerifyProgress } from './version/verify/index.js';
export type { Against, TableAgainst } from './compare/against.js';
export type {
  Both,
  ChangedRow,
  ColumnDiff,
  ComparedVersion,
  RowChanges,
  RowSamples,
  SampledRow,
  SchemaChange,
  SharedFiles,
  TableDiff,
  UntoldColumn,
  VersionDiff,
} from './compare/diff-shape.js';
export type { AdoptOptions, AgainOptions, CompactOptions, DiffOptions, SnapshotOptions } from './snapshot/options.js';
export type { TableProfile } from './snapshot/profile.js';
export type { ExpectationResult } from './core/expectation-result.js';
export type { DiskRoom, Preview, PreviewTable, ProposedCast, ShardResult, SnapshotResult } from './snapshot/result.js';
export type { ByteWriter, WriteParquetOptions, WrittenParquet } from './shard/parquet/index.js';
