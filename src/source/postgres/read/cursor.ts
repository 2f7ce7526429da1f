import { addAbortSignal } from 'node:stream';
import type pg from 'pg';
import { inLine } from '../../../core/in-line.js';
import { TidemarkError } from '../../../core/errors.js';
import type { RowGroupBounds } from '../../../core/row-group-bounds.js';
import type { FrameSink } from '../../../core/source.js';
import type { Column } from '../../../core/types.js';
import { CursorPages, type TextRow } from './cursor-pages.js';
import { type FieldEncoder, fieldEncoder } from './text/field-encoders.js';
import { WireBuffer } from './text/wire-buffer.js';

/** Bytes of frames that are gathered before the sink gets them. */
const pieceBytes = 256 << 10;
/** Rows are looked at for their length where a value has so many characters. */
const longText = 64 << 10;

/**
 * The second road: reads a SELECT page by page through a cursor (extended protocol, values as text) and gives the sink the
 * frames that COPY would have brought, cut into the same row groups. The last row group is not cut: the caller does that.
 *
 * The session must write DateStyle ISO, TimeZone UTC, bytea_output hex and extra_float_digits 1 or more.
 * @param values what `$1`, `$2`, … are bound to
 * @throws what pg throws; source.protocol when a text is not of its column's type; source.unsupported when the database's
 *   encoding promises no valid text; whatever the sink throws; the signal's reason after an abort
 */
export async function readByCursor(
  client: pg.Client,
  {
    sql,
    values,
    columns,
    bounds,
    sink,
    signal,
  }: {
    readonly sql: string;
    readonly values: readonly string[];
    readonly columns: readonly Column[];
    readonly bounds: RowGroupBounds;
    readonly sink: FrameSink;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  signal.throwIfAborted();
  const writer = new FrameWriter(columns.map(encoderOf), bounds, sink);
  const pages = client.query(addAbortSignal(signal, new CursorPages(sql, values)));
  try {
    for await (const page of pages as AsyncIterable<readonly TextRow[]>) {
      let largest = 0;
      for (const row of page) {
        largest = Math.max(largest, writer.append(row));
        if (writer.waiting) await writer.handOver();
      }
      pages.sized(largest);
    }
    await writer.flush();
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

function encoderOf(column: Column): FieldEncoder {
  if (column.wire.endsWith('-unchecked')) {
    throw new TidemarkError(
      'source.unsupported',
      `Column "${inLine(column.name)}": the database's encoding is SQL_ASCII, whose text may be any bytes; the cursor reads text as UTF-8`,
      { hint: 'Use --via copy, which takes the bytes as they are.' },
    );
  }
  return fieldEncoder(column.wire);
}

/**
 * Makes frames of rows (for the layout see `decode/block.ts`) and hands them over in pieces:
 *
 *     0 … complete        frames of the row group at hand
 *     complete … used     the frame of the last row, when it begins the next row group
 */
class FrameWriter {
  /** Whether {@link handOver} must be awaited before the next row. */
  waiting = false;
  private readonly out = new WireBuffer(pieceBytes * 2);
  private complete = 0;
  private rows = 0;
  private cut = false;

  constructor(
    private readonly encoders: readonly FieldEncoder[],
    private readonly bounds: RowGroupBounds,
    private readonly sink: FrameSink,
  ) {}

  /** Appends a row's frame. Returns its bytes. */
  append(row: TextRow): number {
    if (row.length !== this.encoders.length) {
      throw new TidemarkError(
        'source.protocol',
        `A row has ${row.length} fields where ${this.encoders.length} were asked for`,
      );
    }
    const out = this.out;
    const start = out.used;
    out.uint8(0x64); // d
    out.int32(0);
    out.int16(row.length);
    for (let c = 0; c < row.length; c++) {
      const text = row[c]!;
      out.int32(-1);
      if (text === null) continue;
      if (text.length > longText) this.assertRoom(row);
      const field = out.used;
      this.encoders[c]!(text, out);
      out.bytes.writeInt32BE(out.used - field, field - 4);
    }
    const bytes = out.used - start;
    out.bytes.writeInt32BE(bytes - 1, start + 1);
    this.cut = this.bounds.startsNew(bytes);
    if (!this.cut) {
      this.complete = out.used;
      this.rows++;
    }
    this.waiting = this.cut || out.used >= pieceBytes;
    return bytes;
  }

  /** @throws LongRowError before the row is made once more, in binary */
  private assertRoom(row: TextRow): void {
    const lengths = row.map((text) => text?.length ?? 0);
    const bytes = lengths.reduce((sum, length) => sum + length);
    const longest = Math.max(...lengths);
    this.bounds.assertRoom(bytes, () =>
      2 * longest > bytes ? { column: lengths.indexOf(longest), bytes: longest } : undefined,
    );
  }

  /** Hands over what is complete, and ends the row group where the last row begins the next. */
  async handOver(): Promise<void> {
    const { out, complete } = this;
    if (this.rows > 0) await this.sink.rows(out.bytes, 0, complete, this.rows);
    this.rows = 0;
    if (this.cut) {
      await this.sink.cut();
      out.bytes.copyWithin(0, complete, out.used);
      this.rows = 1;
    }
    out.used -= complete;
    this.complete = out.used;
    this.cut = this.waiting = false;
  }

  async flush(): Promise<void> {
    if (this.rows > 0) await this.handOver();
  }
}
