import { plainData } from '../core/arrow/plain-data.js';
import { takeRows } from '../core/arrow/take-rows.js';
import { RowsWriter } from '../core/arrow/rows-writer.js';
import { rowHasher } from '../core/digest/row-hashes.js';
import type { ColumnFacts, Facts } from '../core/facts.js';
import { MisfitError } from '../core/misfit-error.js';
import { nowhere, type Router } from '../core/routing.js';
import type { EncodedRowGroup } from '../core/shard.js';
import type { MisfitCounts } from '../core/source.js';
import { arrowSchema, type Column, writtenColumns } from '../core/types.js';
import {
  entitiesTarget,
  idPortions,
  keyPortions,
  leftOutTarget,
  overlapPortions,
  recordsPortion,
  rowKeyPortions,
  type Stage,
  type StageOptions,
  visibleOf,
} from './stage.js';
import type { RunMeta } from './spool.js';
import { overlapOf } from './overlap.js';
import { rowKeysOf } from './row-keys.js';
import { transactionIds } from './transaction-ids.js';

/** Runs of rows are no longer, so that what is made of them ends near the limits of row groups. */
const longestRun = 4096;

/**
 * The stage of a table whose rows go to many targets. Its portions hold the rows themselves, as {@link RowsWriter}
 * writes them: only when all rows of a target are together are they encoded, so that row groups are large however many
 * targets there are. Facts are counted then, but for misfits, of which the decoder alone knows, and what is looked at in rows as they
 * are read: those of a batch are with its first portion.
 */
export function routedStage(
  columns: readonly Column[],
  router: Router,
  { maskKey, check, seenRows, rowKey }: Pick<StageOptions, 'maskKey' | 'check' | 'seenRows' | 'rowKey'> = {},
): Stage {
  const visible = visibleOf(columns, maskKey);
  const writer = new RowsWriter();
  const idsOf = transactionIds(columns);
  const overlapOfRows = overlapOf(columns, seenRows);
  const written = writtenColumns(columns);
  const rowKeys = rowKey && rowKeysOf(written, rowKey);
  const hashRows = rowKey && rowHasher(arrowSchema(written));
  return {
    *portions(batch, misfits) {
      const kept = router.keep?.(batch);
      const sampled = kept === undefined ? batch : takeRows(batch, kept);
      const [visibleRows, counts] = visible(sampled, misfits);
      const overlap = overlapOfRows?.(sampled, visibleRows);
      const fresh = overlap?.fresh;
      const [read, rows] = fresh ? [takeRows(sampled, fresh), takeRows(visibleRows, fresh)] : [sampled, visibleRows];
      yield* overlapPortions(overlap);
      if (rowKeys && hashRows) yield* rowKeyPortions(rowKeys(rows, hashRows(rows).hashes));
      const { keys, of, entities } = inBatch(placesOf(kept, fresh), () => router.route(read, rows));
      const checked = check?.(read);
      let told: Omit<Facts, 'rows'> = {
        columns: misfitFacts(rows.numCols, counts),
        ...(checked && { rules: checked.counts }),
      };
      for (const { key, records } of entities ?? [])
        if (records.length > 0) yield recordsPortion(`${entitiesTarget}${key}`, records);
      yield* keyPortions(checked);
      yield* idPortions(idsOf?.(batch));
      const { order, ends } = sortedBy(of, keys.length);
      const leftOut = batch.numRows - order.length;
      if (leftOut > 0) {
        yield { target: leftOutTarget, rowGroup: noRowGroup(leftOut), facts: { rows: leftOut, ...told } };
        told = nothingTold;
      }
      const plain = rows.data.children.map(plainData);
      for (let key = 0, from = 0; key < keys.length; key++) {
        while (from < ends[key]!) {
          const run = order.subarray(from, Math.min(from + longestRun, ends[key]!));
          const bytes = writer.write(plain, run);
          const rowGroup = { rows: run.length, bytes, meta: { size: writer.size } satisfies RunMeta };
          yield { target: keys[key]!, rowGroup, facts: { rows: run.length, ...told } };
          told = nothingTold;
          from += run.length;
        }
      }
    },
  };
}

/** Where the rows that are left of those that are kept stand in the batch; undefined: all are left. */
function placesOf(kept: Int32Array | undefined, left: Int32Array | undefined): Int32Array | undefined {
  return kept && left ? left.map((row) => kept[row]!) : (left ?? kept);
}

/** A misfit's row counted in the batch, where it was counted among the rows that are kept. */
function inBatch<T>(kept: Int32Array | undefined, route: () => T): T {
  try {
    return route();
  } catch (error) {
    if (kept === undefined || !(error instanceof MisfitError)) throw error;
    throw error.at(kept[error.row]!);
  }
}

const nothingTold: Omit<Facts, 'rows'> = { columns: [] };

const noRowGroup = (rows: number): EncodedRowGroup => ({ rows, bytes: new Uint8Array(0), meta: null });

function misfitFacts(columns: number, { nulled, extreme }: MisfitCounts): ColumnFacts[] {
  return Array.from({ length: columns }, (_, i) => ({ nulls: 0, nulled: nulled[i] ?? 0, extreme: extreme[i] ?? 0 }));
}

/** Rows by what they are of, in their order among equals, without those that go nowhere; and where those of each one end. */
function sortedBy(of: Int32Array, count: number): { order: Int32Array; ends: Int32Array } {
  const ends = new Int32Array(count);
  for (let row = 0; row < of.length; row++) if (of[row] !== nowhere) ends[of[row]!]!++;
  let end = 0;
  for (let i = 0; i < count; i++) {
    const start = end;
    end += ends[i]!;
    ends[i] = start;
  }
  const order = new Int32Array(end);
  for (let row = 0; row < of.length; row++) if (of[row] !== nowhere) order[ends[of[row]!]!++] = row;
  return { order, ends };
}
