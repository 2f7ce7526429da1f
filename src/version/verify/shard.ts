import type { StoredObject, VersionStore } from '../../core/destination.js';
import type { Facts } from '../../core/facts.js';
import { hashFile } from '../../core/file-hash.js';
import type { CheckDepth, ExpectedShard, ShardChecker, ShardReader, StoredAs } from '../../core/format.js';
import type { ManifestShard, ManifestTable } from '../../manifest/shape.js';
import { TidemarkError } from '../../core/errors.js';
import type { LongestRow } from '../../core/longest-row.js';
import { arrowSchema } from '../../core/types.js';
import { openShard } from '../../lane/open-shard.js';
import type { CountedShard, RowCount } from './count-rows.js';
import { failure, type Finding } from './finding.js';
import { holdingTold } from './told-values.js';

/** What came of looking at a shard: plain data. */
export interface ShardCheck {
  readonly rows: number;
  readonly bytes: number;
  readonly findings: readonly Finding[];
  /** Of its rows, counted anew; undefined: they were not read, or are of other types. */
  readonly facts?: Facts | undefined;
}

export interface ShardOfTable {
  readonly table: ManifestTable;
  readonly shard: ManifestShard;
  /** Undefined where rows are not counted anew. */
  readonly count: RowCount | undefined;
  readonly as: StoredAs;
}

/** What files of a version are looked at with. */
export interface CheckTools {
  readonly checker: ShardChecker;
  readonly reader: ShardReader;
  readonly store: VersionStore;
  readonly folder: string;
  /** Another engine wrote the files: the checker does not know all that engines write. */
  readonly kept: boolean;
  /** Sizes, hashes and footers alone. */
  readonly quick: boolean;
  readonly longestRow: LongestRow;
  /** The shard that should have this sha-256, to name files that were swapped. */
  readonly pathOf: (sha256: string) => string | undefined;
}

/** What is told while a file is read. */
export interface WhileChecking {
  readonly signal?: AbortSignal | undefined;
  readonly onBytes: (count: number) => void;
  /** Records of rows, by which entities are counted. */
  readonly onEntities: (records: Uint8Array) => void;
}

/**
 * Checks one shard: that it is there, its size, its sha-256, its footer, and (unless quick) that every column chunk
 * decodes, and that its rows are those of which the manifest tells statistics and digest. Bytes that do not have their sha-256 are not decoded: what a reader makes of damaged bytes is anybody's guess.
 */
export async function checkShard(
  { table, shard, count, as }: ShardOfTable,
  options: CheckTools & WhileChecking,
): Promise<ShardCheck> {
  const file = await openShard(options, shard.path);
  if (file === undefined) {
    const expected = `${shard.bytes} bytes, ${shard.facts.rows} rows`;
    return { rows: 0, bytes: 0, findings: [failure('missing', shard.path, 'the file is missing', { expected })] };
  }
  try {
    const { size } = file;
    if (size === undefined)
      return { rows: 0, bytes: 0, findings: [failure('missing', shard.path, 'it is not a file')] };
    if (size !== shard.bytes) {
      const message = size < shard.bytes ? 'the file is cut short' : 'the file is too long';
      const sizes = { expected: `${shard.bytes} bytes`, found: `${size} bytes` };
      return { rows: 0, bytes: size, findings: [failure('size', shard.path, message, sizes)] };
    }
    const { sha256 } = await hashFile(file, options);
    if (sha256 !== shard.sha256) {
      const findings = [
        failure('sha256', shard.path, changed(sha256, options), { expected: shard.sha256, found: sha256 }),
      ];
      return { rows: 0, bytes: size, findings };
    }
    const look = async (depth: CheckDepth): Promise<LookedInto> => {
      const { rows, faults } = await options.checker.check(file, expectedOf(table, shard, as), {
        depth,
        ofOthers: options.kept,
        signal: options.signal,
      });
      return { rows, findings: faults.map(({ kind, message, ...more }) => failure(kind, shard.path, message, more)) };
    };
    // The reader looks at what the parts of the file claim; values are its part where it is known as what they are read.
    const { rows, findings } = await look(options.quick || count !== undefined ? 'account' : 'values');
    if (findings.length > 0 || count === undefined) return { rows, bytes: size, findings };
    return { rows, bytes: size, ...(await counted(file, { shard, count, as }, { ...options, look })) };
  } finally {
    await file.close();
  }
}

interface LookedInto {
  readonly rows: number;
  readonly findings: readonly Finding[];
}

/** Where the reader cannot read the file, the checker is asked for the place. */
async function counted(
  file: StoredObject,
  { shard, count, as }: Pick<ShardOfTable, 'shard' | 'as'> & { readonly count: RowCount },
  {
    checker,
    reader,
    signal,
    longestRow,
    kept,
    onEntities,
    look,
  }: CheckTools & WhileChecking & { readonly look: (depth: CheckDepth) => Promise<LookedInto> },
): Promise<CountedShard> {
  try {
    const batches = reader.read(file, { bytes: shard.bytes, as, longestRow, ...(signal && { signal }) });
    // Other engines tell more and less of their values, and shorten bounds in other ways.
    const told = kept ? undefined : await checker.toldValues?.(file, { bytes: shard.bytes, as });
    if (told === undefined) return await count.count(shard, batches, onEntities);
    const findings: Finding[] = [];
    const holding = holdingTold(batches, { told, schema: arrowSchema(as.columns), file: shard.path }, findings);
    const counted = await count.count(shard, holding, onEntities);
    return { ...counted, findings: [...counted.findings, ...findings] };
  } catch (thrown) {
    signal?.throwIfAborted();
    const { code, message } = TidemarkError.from(thrown);
    const unreadable = failure('unreadable', shard.path, message);
    // To look for the place would take as much memory.
    if (code === 'memory.exhausted') return { facts: undefined, findings: [unreadable] };
    if (code !== 'verification.failed') throw thrown;
    const { findings } = await look(kept ? 'claims' : 'values');
    return { facts: undefined, findings: findings.length > 0 ? findings : [unreadable] };
  }
}

function expectedOf(
  table: ManifestTable,
  { bytes, rowGroups, facts: { rows, columns } }: ManifestShard,
  as: StoredAs,
): ExpectedShard {
  const stored = table.schema.flatMap((line, index) =>
    line.inPath ? [] : [{ name: line.name, stored: line.stored, nulls: columns[index]?.nulls }],
  );
  return { bytes, rows, rowGroups, as, columns: stored };
}

function changed(sha256: string, { pathOf }: CheckTools): string {
  const other = pathOf(sha256);
  return other === undefined ? 'the bytes were changed' : `the file holds the bytes of ${other}`;
}
