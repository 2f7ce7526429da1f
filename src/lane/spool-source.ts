import { RowsCollector } from '../core/arrow/rows-collector.js';
import { TidemarkError } from '../core/errors.js';
import type { Scratch } from '../core/scratch.js';
import type { Range, RowGroupDecoder, SourceModule } from '../core/source.js';
import { arrowSchema, type Column } from '../core/types.js';
import { RunCutter } from './run-cutter.js';
import { readSpool, type Spool, type SpooledTarget } from './spool.js';

/** The kind of the source that spools are, for lanes. */
export const spoolKind = 'spool';

/** The rows of one target in one spool: a piece of a range of that target. */
export type SpooledPiece = Pick<Spool, 'name' | 'index'> & Pick<SpooledTarget, 'first' | 'runs'>;

export const spooledRange = (label: string, pieces: readonly SpooledPiece[], bytes: number): Range => ({
  label,
  detail: pieces,
  bytes,
});

/**
 * Spools as a source: what ranges of the database left in scratch files, read target by target. So targets become files by
 * the same way as tables do.
 */
export function spoolSource(scratch: Scratch): SourceModule {
  return {
    open: () => Promise.reject(new TidemarkError('internal.bug', 'spools are written by lanes, and not opened')),
    openLane: async (_ticket, signal) => ({
      async read({ columns }, range, limits, sink) {
        const cutter = new RunCutter(() => arrowSchema(columns), limits);
        for (const piece of range.detail as readonly SpooledPiece[]) {
          for (const run of readSpool(scratch, piece, piece)) {
            signal.throwIfAborted();
            for (const { startsNew, rows, bytes } of cutter.pieces(run)) {
              if (startsNew) await sink.cut();
              await sink.rows(bytes, 0, bytes.length, rows);
            }
          }
        }
      },
      describeRow: async (_table, _range, ordinal) => `row ${ordinal + 1}`,
      close: async () => undefined,
    }),
    createDecoder: (columns) => spoolDecoder(columns),
  };
}

/** Rows are of the plan's types already: nothing of them can be a misfit. */
function spoolDecoder(columns: readonly Column[]): RowGroupDecoder {
  const collector = new RowsCollector(arrowSchema(columns));
  return {
    add: (bytes, start, end) => collector.add(bytes.subarray(start, end)),
    finish: () => collector.finish(),
    misfits: () => ({ nulled: [], extreme: [] }),
  };
}
