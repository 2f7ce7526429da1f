import type { RunListener } from '../core/progress.js';
import type { TablePlan } from '../core/source.js';
import type { Column } from '../core/types.js';
import { loadFormat, type LoadedFormat } from '../lane/load-format.js';
import type { Plan } from '../snapshot/plan.js';
import { type Look, sampleTables } from '../snapshot/sampled-rows.js';
import { formatOptionsOf } from '../snapshot/thread-plan.js';

/** The most rows that are looked at of what has no pages to pick from. */
const mostRows = 50_000;

/** What a column takes in files, as far as a sample of its rows tells. */
export interface ColumnSize {
  readonly table: string;
  readonly column: string;
  readonly bytesPerRow: number;
  /** Of all columns of the table, from 0 to 1. */
  readonly share: number;
}

/** Reads a sample of the rows, and encodes each column by itself, as it is in the source. The largest come first. @throws source.*, data.* */
export async function columnSizes(
  plan: Plan,
  { signal, listener = () => undefined }: { readonly signal: AbortSignal; readonly listener?: RunListener },
): Promise<readonly ColumnSize[]> {
  const format = await loadFormat(formatOptionsOf(plan));
  const found = await sampleTables(plan, { signal, listener, mostRows }, (table) => weigh(table, format));
  return found.flat().sort((a, b) => b.bytesPerRow - a.bytesPerRow);
}

async function weigh(table: TablePlan, format: LoadedFormat): Promise<Look<readonly ColumnSize[]>> {
  const columns = table.columns.flatMap(({ hidden }, index) => (hidden ? [] : [index]));
  const encoders = await Promise.all(columns.map((index) => format.encoder([asItIs(table.columns[index]!)])));
  const bytes = columns.map(() => 0);
  let rows = 0;
  return {
    columns,
    take(batch) {
      rows += batch.numRows;
      encoders.forEach((encoder, i) => (bytes[i]! += encoder.encode(batch.selectAt([i])).bytes.length));
    },
    result() {
      const all = bytes.reduce((sum, one) => sum + one, 0);
      if (rows === 0 || all === 0) return [];
      return columns.map((index, i) => ({
        ...{ table: table.name, column: table.columns[index]!.name },
        ...{ bytesPerRow: bytes[i]! / rows, share: bytes[i]! / all },
      }));
    },
  };
}

function asItIs({ mask: _, ...column }: Column): Column {
  return column;
}
