import { Int64, type RecordBatch, Table, Utf8, vectorFromArray } from 'apache-arrow';
import type { Range, SourceModule, TablePlan } from '../../src/core/source.js';
import type { Column } from '../../src/core/types.js';

const exact = { wire: '', exactness: 'exact', redacted: false } as const;
const columns: readonly Column[] = [
  { name: 'n', sourceType: 'INT64', type: { kind: 'int', bits: 64 }, ...exact },
  { name: 'word', sourceType: 'STRING', type: { kind: 'text' }, ...exact },
];

export interface Row {
  readonly n: bigint;
  readonly word: string | null;
}

export const rowOf = (n: number): Row => ({ n: BigInt(n), word: n % 7 === 0 ? null : `word ${n % 1000}` });

function batchOf(from: number, to: number): RecordBatch {
  const rows = Array.from({ length: to - from }, (_, i) => rowOf(from + i));
  const [n, word] = [rows.map((row) => row.n), rows.map((row) => row.word)];
  return new Table({ n: vectorFromArray(n, new Int64()), word: vectorFromArray(word, new Utf8()) }).batches[0]!;
}

/** A source that gives whole numbers, as Arrow, in ranges of `perRange`; its batches are of `perBatch` rows. */
export function arrowSource(rows: number, perRange: number, perBatch: number): SourceModule {
  const ranges: Range[] = [];
  for (let from = 0; from < rows; from += perRange) {
    const to = Math.min(rows, from + perRange);
    ranges.push({ label: `rows from ${from}`, detail: { from, to }, bytes: 16 * (to - from) });
  }
  const table = (name: string): TablePlan => ({
    ...{ name, table: name, query: undefined, columns, ranges, estimatedRows: rows, sourceBytes: undefined },
    sample: { ranges: ranges.slice(0, 1), bytes: ranges[0]!.bytes! },
  });
  const certificate = { level: 'snapshot', isolation: 'none' } as const;
  return {
    open: async (request) => ({
      server: { kind: 'arrow', version: '1', database: 'd', host: 'h', user: 'u' },
      certificate,
      tables: request.tables.map(({ name }) => table(name)),
      ticket: {},
      maxLanes: 8,
      warnings: [],
      lost: new Promise<never>(() => undefined),
      confirm: async () => certificate,
      narrowed: (plan, indices) => ({
        ...plan,
        columns: indices.map((index) => plan.columns[index]!),
        ranges: plan.ranges.map((range) => ({ ...range, detail: { ...(range.detail as object), only: indices } })),
      }),
      serverLoad: () => ({}),
      close: async () => undefined,
    }),
    openLane: async () => ({
      read: async (_, range, __, sink) => {
        const { from, to, only } = range.detail as { from: number; to: number; only?: number[] };
        for (let at = from; at < to; at += perBatch) {
          const end = Math.min(to, at + perBatch);
          const batch = batchOf(at, end);
          await sink.batch(only === undefined ? batch : batch.selectAt(only), 16 * (end - at));
        }
      },
      describeRow: async (_, __, ordinal) => `row ${ordinal + 1}`,
      close: async () => undefined,
    }),
  };
}
