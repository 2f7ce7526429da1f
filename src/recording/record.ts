import { invalidRequest } from '../core/errors.js';
import type { LaneReader, OpenSource, RowSink, SourceModule, TablePlan } from '../core/source.js';
import type { FileSystem } from '../machine/file-system.js';
import { type RecordingHeader, RecordingWriter } from './file.js';

/** What a recording says of what is read. @throws request.invalid where rows come as Arrow */
export function recordingHeader(
  kind: string,
  { server, tables }: Pick<OpenSource, 'server' | 'tables'>,
  module: Pick<SourceModule, 'createDecoder'>,
): RecordingHeader {
  if (module.createDecoder === undefined) {
    throw invalidRequest(
      `record: rows of ${kind} come as Arrow, and are not recorded`,
      'Make a version with --limit, and measure reading that; or measure without --record.',
    );
  }
  return {
    kind,
    server,
    tables: tables.map(({ name, table, query, columns, ranges }) => ({
      ...{ name, table, query, columns },
      ranges: ranges.map(({ label }) => label),
    })),
  };
}

/** The source, whose readers put what comes into a file too, which was begun. One lane reads. */
export function recorded(
  source: SourceModule,
  tables: readonly TablePlan[],
  { fs, path }: { readonly fs: FileSystem; readonly path: string },
): SourceModule {
  return {
    ...source,
    async openLane(ticket, signal): Promise<LaneReader> {
      const reader = await source.openLane(ticket, signal);
      const writer = new RecordingWriter(fs, path);
      return {
        read(table, range, limits, sink) {
          const place = { table: tables.indexOf(table), range: table.ranges.indexOf(range) };
          writer.add('begin', place);
          return reader.read(table, range, limits, recording(sink, writer, place));
        },
        describeRow: (table, range, ordinal) => reader.describeRow(table, range, ordinal),
        close: () => reader.close().finally(() => writer.close()),
      };
    },
  };
}

function recording(
  sink: RowSink,
  writer: RecordingWriter,
  place: { readonly table: number; readonly range: number },
): RowSink {
  return {
    rows(bytes, start, end, count) {
      writer.add('rows', place, count, bytes.subarray(start, end));
      return sink.rows(bytes, start, end, count);
    },
    cut() {
      writer.add('cut', place);
      return sink.cut();
    },
    batch: (...given) => sink.batch(...given),
  };
}
