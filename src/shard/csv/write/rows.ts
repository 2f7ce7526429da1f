import type { Data, RecordBatch } from 'apache-arrow';
import { bitAt, type Bitmap, validity } from '../../../core/arrow/bitmap.js';
import { plainData } from '../../../core/arrow/plain-data.js';
import { TidemarkError } from '../../../core/errors.js';
import type { CsvDialect } from '../../../core/format.js';
import { lineFeed, quote } from '../characters.js';
import type { Field } from './field.js';
import { fieldsOf } from './fields.js';

/** Rows for which room is made at a time. */
const rowsAtOnce = 1024;

/** A column of a batch. */
interface Column extends Field {
  readonly valid: Bitmap | undefined;
}

/** Writes rows as lines, into a buffer that is used again. */
export class RowLines {
  private out = new Uint8Array(1 << 20);
  private end = 0;
  private readonly separator: number;
  private readonly nullBytes: Uint8Array;

  constructor(private readonly dialect: CsvDialect) {
    this.separator = dialect.separator.charCodeAt(0);
    this.nullBytes = Buffer.from(dialect.null);
  }

  /**
   * The lines of a batch.
   * @returns valid until the next call
   * @throws data.misfit for a NULL that would be an empty line
   */
  write({ data, numRows }: RecordBatch): Uint8Array {
    const columns = data.children.map((child) => this.columnOf(plainData(child)));
    this.assertNoEmptyLine(columns);
    this.end = 0;
    for (let from = 0; from < numRows; from += rowsAtOnce) {
      const to = Math.min(from + rowsAtOnce, numRows);
      this.makeRoom(columns, from, to);
      for (let row = from; row < to; row++) this.line(columns, row);
    }
    return this.out.subarray(0, this.end);
  }

  private columnOf(data: Data): Column {
    return { ...fieldsOf(data, this.dialect), valid: validity(data) };
  }

  private line(columns: readonly Column[], row: number): void {
    const { out, nullBytes, separator } = this;
    let at = this.end;
    for (let i = 0; i < columns.length; i++) {
      const { valid, write, quotesItself } = columns[i]!;
      if (valid !== undefined && bitAt(valid, row) === 0) {
        for (let k = 0; k < nullBytes.length; k++) out[at++] = nullBytes[k]!;
      } else {
        const end = write(row, out, at);
        at = !quotesItself && this.isNullText(at, end) ? this.quoted(at, end) : end;
      }
      out[at++] = separator;
    }
    out[at - 1] = lineFeed;
    this.end = at;
  }

  /** Whether what was written would be read as NULL. */
  private isNullText(from: number, end: number): boolean {
    const { nullBytes, out } = this;
    if (nullBytes.length !== end - from) return false;
    for (let i = 0; i < nullBytes.length; i++) if (out[from + i] !== nullBytes[i]) return false;
    return true;
  }

  private quoted(from: number, end: number): number {
    this.out.copyWithin(from + 1, from, end);
    this.out[from] = quote;
    this.out[end + 1] = quote;
    return end + 2;
  }

  private makeRoom(columns: readonly Column[], from: number, to: number): void {
    let size = 0;
    for (const { longest, textBytes } of columns) {
      size += (to - from) * (Math.max(longest, this.nullBytes.length) + 3) + (textBytes?.(from, to) ?? 0);
    }
    if (this.end + size <= this.out.length) return;
    const larger = new Uint8Array(Math.max(this.end + size, 2 * this.out.length));
    larger.set(this.out.subarray(0, this.end));
    this.out = larger;
  }

  /** Many readers pass over empty lines. */
  private assertNoEmptyLine(columns: readonly Column[]): void {
    if (columns.length > 1 || this.nullBytes.length > 0 || columns[0]?.valid === undefined) return;
    throw new TidemarkError(
      'data.misfit',
      'NULL in a table of one column would be an empty line, which readers leave out',
      {
        hint: 'Say what stands for NULL: --csv-null NULL; or read another column, too.',
      },
    );
  }
}
