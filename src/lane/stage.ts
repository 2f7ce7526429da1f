import type { RecordBatch } from 'apache-arrow';
import { classCounts } from '../core/arrow/class-counts.js';
import { plainBatch } from '../core/arrow/plain-data.js';
import { factsCounter } from '../core/arrow/batch-facts.js';
import { BatchHasher } from '../core/digest/batch-hasher.js';
import { rowHasher } from '../core/digest/row-hashes.js';
import type { Facts } from '../core/facts.js';
import type { EncodedRowGroup, RowGroupEncoder } from '../core/shard.js';
import type { MisfitCounts } from '../core/source.js';
import { batchSketcher, type SampledOneIn } from '../core/sketch/batch-sketch.js';
import { arrowSchema, type Column, writtenColumns } from '../core/types.js';
import type { Checked } from '../expectation/checker.js';
import { batchMask, type MaskBatch } from '../mask/mask-batch.js';
import { type Overlap, overlapOf } from './overlap.js';
import { rowKeysOf } from './row-keys.js';
import { transactionIds } from './transaction-ids.js';
import type { WorkClock } from './work-clock.js';

/** The target of a table whose rows all go to one place. */
export const onlyTarget = '';

/** The target of rows that are left out: they are counted, and not written. */
export const leftOutTarget = '\0';

/** What the targets of records of entities, which are no rows, begin with: the rest is what those have in common. */
export const entitiesTarget = '\u0001';

/** What the targets of records of keys that must not come twice begin with: the rest is the number of the rule. */
export const keysTarget = '\u0002';

/** The target of records of ids of transactions that a later run must know. */
export const transactionsTarget = '\u0003';

/** The targets of records of rows where versions overlap: those that may come again, and those that an earlier version has. */
export const comingAgainTarget = '\u0004';
export const knownTarget = '\u0005';

/** The target of records of the keys of rows, with the hashes of the rows. */
export const rowKeysTarget = '\u0006';

/** The target of records of how values lie: those of `batchSketcher`. */
export const sketchesTarget = '\u0007';

/** A row group on its way to a target, with the facts of its rows. */
export interface Portion {
  /** Key of the place in the table that the rows go to. */
  readonly target: string;
  /** Valid until the stage's next portion. */
  readonly rowGroup: EncodedRowGroup;
  readonly facts: Facts;
}

/**
 * What happens to rows between decoding and writing, wherever that runs: batch → facts → where its rows go → portions. It
 * depends on the batch alone, so that any thread may do it.
 */
export interface Stage {
  /** @param misfits of the batch's rows, as its decoder counted them */
  portions(batch: RecordBatch, misfits: MisfitCounts): IterableIterator<Portion>;
}

/** What happens to rows beside being encoded. */
export interface StageOptions {
  /** Hears how long digests take. */
  readonly clock?: WorkClock | undefined;
  readonly digest: boolean;
  /** The secret key of masks by hash. */
  readonly maskKey?: string | undefined;
  /** Column whose values are counted as classes, in tables that have it. */
  readonly label?: string | undefined;
  /** Rows that an earlier version has, where they may be read again. */
  readonly seenRows?: string | undefined;
  /** Columns that tell a row, where keys are kept for later runs. */
  readonly rowKey?: readonly string[] | undefined;
  /** Of how many rows one is sampled, where it is noted how values lie. */
  readonly sketchesOneIn?: SampledOneIn | undefined;
  /** What is looked at in rows as they are read. */
  readonly check?: ((batch: RecordBatch) => Checked) | undefined;
}

/**
 * The stage of one table, whose rows all go to one target.
 * @param columns those that are read; `encoder` is one for those of them that files have
 */
export function tableStage(
  columns: readonly Column[],
  encoder: RowGroupEncoder,
  { clock, digest, maskKey, label, rowKey, sketchesOneIn, check }: StageOptions,
): Stage {
  const written = writtenColumns(columns);
  const labelled = label !== undefined && written.some(({ name }) => name === label) ? label : undefined;
  const hasher = digest ? new BatchHasher(arrowSchema(written)) : undefined;
  const hashRows = rowKey && rowHasher(arrowSchema(written));
  const redacted = new Set(written.filter((column) => column.redacted).map((column) => column.name));
  const factsOf = factsCounter(arrowSchema(written), redacted);
  const visible = visibleOf(columns, maskKey);
  const stored = written.flatMap(({ inPath }, index) => (inPath ? [] : [index]));
  const all = stored.length === written.length;
  const idsOf = transactionIds(columns);
  const looksAtValues = check !== undefined || labelled !== undefined || rowKey !== undefined;
  // Nothing is dropped here: the rows of a table that an earlier version has some of take a route.
  const overlap = overlapOf(columns, undefined);
  const rowKeys = rowKey && rowKeysOf(written, rowKey);
  const digested = <T>(action: () => T): T => (clock === undefined ? action() : clock.during('digest', action));
  const sketch = sketchesOneIn === undefined ? undefined : batchSketcher(written, sketchesOneIn);
  return {
    *portions(given, misfits) {
      const batch = looksAtValues ? plainBatch(given) : given;
      const checked = check?.(batch);
      yield* keyPortions(checked);
      yield* idPortions(idsOf?.(batch));
      const [rows, counts] = visible(batch, misfits);
      yield* overlapPortions(overlap?.(batch, rows));
      const hashed = hashRows && digested(() => hashRows(rows));
      if (rowKeys && hashed) yield* rowKeyPortions(rowKeys(rows, hashed.hashes));
      if (sketch) yield recordsPortion(sketchesTarget, sketch(rows));
      const { distinct, ...rowGroup } = encoder.encode(all ? rows : rows.selectAt(stored));
      const counted = factsOf(rows, { misfits: counts, bounds: all ? rowGroup.bounds : undefined });
      const facts: Facts = {
        ...counted,
        ...(hasher && {
          sums: hashed?.sums ?? digested(() => hasher.sumsOf(rows, undefined, all ? distinct : undefined)),
        }),
        ...(labelled && { classes: classCounts(rows, labelled) }),
        ...(checked && { rules: checked.counts }),
      };
      yield { target: onlyTarget, rowGroup, facts };
    },
  };
}

/** Records of keys on their way: no rows. */
export function* keyPortions(checked: Checked | undefined): Generator<Portion> {
  for (const { rule, records } of checked?.keys ?? []) yield recordsPortion(`${keysTarget}${rule}`, records);
}

/** Records of ids of transactions on their way: no rows. */
export function* idPortions(ids: Uint8Array | undefined): Generator<Portion> {
  if (ids !== undefined && ids.length > 0) yield recordsPortion(transactionsTarget, ids);
}

const besideTargets: ReadonlySet<string> = new Set([
  transactionsTarget,
  comingAgainTarget,
  knownTarget,
  rowKeysTarget,
  sketchesTarget,
]);

/** Records of rows where versions overlap: no rows. */
export function* overlapPortions(overlap: Overlap | undefined): Generator<Portion> {
  if (overlap === undefined) return;
  if (overlap.records.length > 0) yield recordsPortion(comingAgainTarget, overlap.records);
  if (overlap.known.length > 0) yield recordsPortion(knownTarget, overlap.known);
}

/** Records of keys of rows on their way: no rows. */
export function* rowKeyPortions(records: Uint8Array): Generator<Portion> {
  if (records.length > 0) yield recordsPortion(rowKeysTarget, records);
}

/** Whether a portion is of records that lie beside the rows, wherever those go. */
export function isBesideRows({ target }: Pick<Portion, 'target'>): boolean {
  return target.startsWith(keysTarget) || besideTargets.has(target);
}

/** Records that are no rows, of which no facts are told. */
export function recordsPortion(target: string, records: Uint8Array): Portion {
  return { target, rowGroup: { rows: 0, bytes: records, meta: null }, facts: { rows: 0, columns: [] } };
}

/** Leaves out what is read and not written, and masks what is to be masked. */
export function visibleOf(
  columns: readonly Column[],
  maskKey: string | undefined,
): (batch: RecordBatch, misfits: MisfitCounts) => readonly [RecordBatch, MisfitCounts] {
  const kept = columns.flatMap((column, index) => (column.hidden ? [] : [index]));
  const mask = batchMask(
    kept.map((index) => columns[index]!),
    maskKey,
  );
  const masked: MaskBatch = mask ?? ((batch) => batch);
  if (kept.length === columns.length) return (batch, misfits) => [masked(batch), misfits];
  const pick = (counts: readonly number[]): number[] => kept.map((index) => counts[index] ?? 0);
  return (batch, { nulled, extreme }) => [
    masked(batch.selectAt(kept)),
    { nulled: pick(nulled), extreme: pick(extreme) },
  ];
}
