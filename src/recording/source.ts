import type { ConsistencyCertificate, LaneReader, OpenSource, SourceModule, TablePlan } from '../core/source.js';
import type { FileSystem } from '../machine/file-system.js';
import { readAll } from '../machine/read.js';
import type { RecordedFrames, Recording } from './file.js';

/** What kinds of recordings begin with; the kind of the source that was recorded follows. */
const prefix = 'recording:';

export const recordingKind = (kind: string): string => `${prefix}${kind}`;

/** The kind of the source that was recorded; undefined: it is no recording. */
export const recordedKind = (kind: string): string | undefined =>
  kind.startsWith(prefix) ? kind.slice(prefix.length) : undefined;

/** What {@link SourceRequest.connection} is: where the file is, and what is in it. */
export interface RecordingConnection {
  readonly warnings: readonly string[];
  readonly path: string;
  readonly recording: Recording;
}

const certificate: ConsistencyCertificate = { level: 'none', isolation: 'a recording' };

/** A recording as a source: its rows come as fast as a file can be read. @param recorded the source's own module, by whose decoder they are understood */
export function recordingSource(fs: FileSystem, { createDecoder }: Pick<SourceModule, 'createDecoder'>): SourceModule {
  return {
    open: ({ connection }) => {
      const { path, recording } = connection as RecordingConnection;
      return Promise.resolve(openOf(path, recording));
    },
    openLane: (ticket, signal) => Promise.resolve(new RecordingReader(fs, ticket as string, signal)),
    ...(createDecoder && { createDecoder }),
  };
}

function openOf(path: string, recording: Recording): OpenSource {
  const tables = recording.tables.map((_, index) => planOf(recording, index));
  return {
    ...{ server: recording.server, certificate, tables, ticket: path, warnings: [] },
    maxLanes: Number.MAX_SAFE_INTEGER,
    lost: new Promise<never>(() => undefined),
    narrowed: (table) => table,
    confirm: () => Promise.resolve(certificate),
    serverLoad: () => ({}),
    close: () => Promise.resolve(),
  };
}

/** Ranges of which something was recorded. */
function planOf({ tables, frames }: Recording, index: number): TablePlan {
  const { ranges, ...table } = tables[index]!;
  const found = frames[index]!;
  const sum = (count: (one: RecordedFrames) => number): number =>
    found.flat().reduce((total, one) => total + count(one), 0);
  return {
    ...table,
    ranges: ranges.flatMap((label, range) => (found[range]!.length > 0 ? [{ label, detail: found[range] }] : [])),
    estimatedRows: sum(({ rows }) => rows),
    sourceBytes: sum(({ bytes }) => bytes),
  };
}

class RecordingReader implements LaneReader {
  private readonly fd: number;
  private buffer = new Uint8Array(1 << 19);

  constructor(
    private readonly fs: FileSystem,
    path: string,
    private readonly signal: AbortSignal,
  ) {
    this.fd = fs.openSync(path, 'r');
  }

  async read(...[, range, , sink]: Parameters<LaneReader['read']>): Promise<undefined> {
    for (const { at, bytes, rows, cut } of range.detail as readonly RecordedFrames[]) {
      this.signal.throwIfAborted();
      if (bytes > this.buffer.length) this.buffer = new Uint8Array(bytes);
      readAll(this.fs, this.fd, this.buffer.subarray(0, bytes), at);
      await sink.rows(this.buffer, 0, bytes, rows);
      if (cut) await sink.cut();
    }
  }

  describeRow(...[, range, ordinal]: Parameters<LaneReader['describeRow']>): Promise<string> {
    return Promise.resolve(`row ${ordinal + 1} of ${range.label} in the recording`);
  }

  close(): Promise<void> {
    this.fs.closeSync(this.fd);
    return Promise.resolve();
  }
}
