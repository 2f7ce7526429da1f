import { dirname } from 'node:path';
import { invalidRequest, TidemarkError } from '../core/errors.js';
import type { ServerInfo, TablePlan } from '../core/source.js';
import { errno, meaningOf } from '../machine/failure.js';
import type { FileSystem } from '../machine/file-system.js';
import { readAll } from '../machine/read.js';
import { writeAll } from '../machine/write.js';

/*
 * A file of rows as a source sent them, to read them again without it:
 *
 *     0     16 bytes  `tidemark rows 1\n`
 *     16    uint32    length of the header; then the header, as JSON: RecordingHeader
 *           blocks:   uint8 what, uint8 0, uint16 table, uint32 range, uint32 rows, uint32 length; then so many bytes
 *
 * Integers are little-endian. A last block that is not whole does not count: the recording was ended there.
 */

const magic = Buffer.from('tidemark rows 1\n', 'latin1');
const lengthBytes = 4;
const blockHeader = 16;

/** What a block is: whole frames of rows; the end of a row group; the beginning of a range, of which what came before does not count. */
export const blocks = { rows: 1, cut: 2, begin: 3 } as const;

/** What was recorded. */
export interface RecordingHeader {
  /** Kind of the source, whose decoder understands the frames. */
  readonly kind: string;
  readonly server: ServerInfo;
  readonly tables: readonly RecordedTable[];
}

/** A table or query that was read. */
export interface RecordedTable extends Pick<TablePlan, 'name' | 'table' | 'query' | 'columns'> {
  /** Labels of its ranges. */
  readonly ranges: readonly string[];
}

/** Frames in the file: where they are, and how many rows they hold. `cut`: the row group ends behind them. */
export interface RecordedFrames {
  readonly at: number;
  readonly bytes: number;
  readonly rows: number;
  cut: boolean;
}

export interface Recording extends RecordingHeader {
  /** By table and range. */
  readonly frames: readonly (readonly (readonly RecordedFrames[])[])[];
}

/** Makes the file, for this user alone. @throws request.invalid where there is one */
export function beginRecording(fs: FileSystem, path: string, header: RecordingHeader): void {
  const text = Buffer.from(JSON.stringify(header), 'utf8');
  const length = Buffer.alloc(lengthBytes);
  length.writeUInt32LE(text.length);
  onFile('make', path, () => {
    const fd = fs.openSync(path, 'wx', 0o600);
    try {
      writeAll(fs, fd, Buffer.concat([magic, length, text]));
    } finally {
      fs.closeSync(fd);
    }
  });
}

/** Appends blocks to a file that was begun. */
export class RecordingWriter {
  private readonly fd: number;
  private readonly header = Buffer.alloc(blockHeader);

  constructor(
    private readonly fs: FileSystem,
    private readonly path: string,
  ) {
    this.fd = onFile('write', path, () => fs.openSync(path, 'a'));
  }

  add(
    what: keyof typeof blocks,
    { table, range }: { readonly table: number; readonly range: number },
    rows = 0,
    bytes: Uint8Array = new Uint8Array(0),
  ): void {
    const { header } = this;
    header.writeUInt8(blocks[what]);
    header.writeUInt16LE(table, 2);
    header.writeUInt32LE(range, 4);
    header.writeUInt32LE(rows, 8);
    header.writeUInt32LE(bytes.length, 12);
    onFile('write', this.path, () => {
      writeAll(this.fs, this.fd, header);
      writeAll(this.fs, this.fd, bytes);
    });
  }

  close(): void {
    this.fs.closeSync(this.fd);
  }
}

/** Finds the frames of a recording; reads none of them. @throws request.invalid where it is none */
export function readRecording(fs: FileSystem, path: string): Recording {
  return onFile('read', path, () => {
    const fd = fs.openSync(path, 'r');
    try {
      const size = fs.statSync(path).size;
      const { header, end } = readHeader(fs, fd, { path, size });
      return { ...header, frames: framesOf(header, blocksOf(fs, fd, { from: end, size })) };
    } finally {
      fs.closeSync(fd);
    }
  });
}

function readHeader(
  fs: FileSystem,
  fd: number,
  { path, size }: { readonly path: string; readonly size: number },
): { readonly header: RecordingHeader; readonly end: number } {
  const start = Buffer.alloc(magic.length + lengthBytes);
  readAll(fs, fd, start, 0);
  const length = start.readUInt32LE(magic.length);
  if (!start.subarray(0, magic.length).equals(magic) || length > size) throw notOne(path);
  const text = Buffer.alloc(length);
  readAll(fs, fd, text, start.length);
  try {
    const header = JSON.parse(text.toString('utf8')) as RecordingHeader;
    if (!Array.isArray(header.tables) || typeof header.kind !== 'string') throw notOne(path);
    return { header, end: start.length + length };
  } catch (cause) {
    throw notOne(path, cause);
  }
}

interface Block extends RecordedFrames {
  readonly what: number;
  readonly table: number;
  readonly range: number;
}

function* blocksOf(
  fs: FileSystem,
  fd: number,
  { from, size }: { readonly from: number; readonly size: number },
): Generator<Block> {
  const header = Buffer.alloc(blockHeader);
  for (let at = from; at + blockHeader <= size;) {
    readAll(fs, fd, header, at);
    const bytes = header.readUInt32LE(12);
    at += blockHeader;
    if (at + bytes > size) return;
    yield {
      ...{ what: header.readUInt8(0), table: header.readUInt16LE(2), range: header.readUInt32LE(4) },
      ...{ at, bytes, rows: header.readUInt32LE(8), cut: false },
    };
    at += bytes;
  }
}

function framesOf({ tables }: RecordingHeader, found: Iterable<Block>): RecordedFrames[][][] {
  const frames: RecordedFrames[][][] = tables.map(({ ranges }) => ranges.map(() => []));
  for (const { what, table, range, ...block } of found) {
    const own = frames[table]?.[range];
    const last = own?.at(-1);
    if (what === blocks.begin && own) own.length = 0;
    else if (what === blocks.cut && last) last.cut = true;
    else if (what === blocks.rows) own?.push(block);
  }
  return frames;
}

function notOne(path: string, cause?: unknown): TidemarkError {
  return new TidemarkError('request.invalid', `replay: ${path} is not a recording`, {
    hint: '`tidemark bench --record FILE` makes one.',
    ...(cause !== undefined && { cause }),
  });
}

/** @throws request.invalid for what the file system says */
function onFile<T>(doing: 'make' | 'write' | 'read', path: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    if (errno(cause) === undefined) throw cause;
    if (errno(cause) === 'EEXIST') {
      throw invalidRequest(
        `record: ${path} is there already`,
        'Give the name of a file that is not there, or remove it.',
      );
    }
    const option = doing === 'read' ? 'replay' : 'record';
    throw new TidemarkError('request.invalid', `${option}: cannot ${doing} ${path}: ${meaningOf(cause)}`, {
      hint:
        doing === 'read' ? 'Give a file that --record made.' : `Give a file in another folder than ${dirname(path)}.`,
      cause,
    });
  }
}
