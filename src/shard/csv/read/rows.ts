import { type Data, makeData, RecordBatch, Schema, Struct } from 'apache-arrow';
import { TidemarkError } from '../../../core/errors.js';
import { fetchAgain } from '../../../core/naming-file.js';
import type { ReadableFile, ShardReadOptions, StoredAs } from '../../../core/format.js';
import { arrowSchema } from '../../../core/types.js';
import { usualDialect } from '../dialect.js';
import { plainBytes } from './bytes.js';
import type { ColumnReader } from './column-reader.js';
import { columnReader } from './columns.js';
import { type FieldSink, LineParser } from './lines.js';
import { Malformed, shownField } from './malformed.js';

/** Rows of a batch that is handed over, and bytes of the file that it takes: rows may be large. */
const batchRows = 65_536;
const batchBytes = 32 * 1024 * 1024;

const noBytes = new Uint8Array(0);

/**
 * The rows of a CSV file, as batches of the types that the manifest says.
 * @throws verification.failed where it is no such file; request.invalid for a column that it does not have; the signal's reason
 */
export async function* read(
  file: ReadableFile,
  { bytes, as, columns: asked, longestRow, signal }: ShardReadOptions,
): AsyncGenerator<RecordBatch> {
  const rows = new RowReader(as, asked);
  const parser = new LineParser(as.csv ?? usualDialect, rows, longestRow);
  try {
    signal?.throwIfAborted();
    for await (const piece of plainBytes(file, { size: bytes, codec: as.compression, longestRow })) {
      signal?.throwIfAborted();
      parser.add(piece, false);
      if (rows.isLarge) yield rows.batch();
    }
    parser.add(new Uint8Array(0), true);
    rows.assertHeader();
    if (rows.waiting > 0) yield rows.batch();
  } catch (thrown) {
    signal?.throwIfAborted();
    if (thrown instanceof TidemarkError) throw thrown;
    throw unreadable(thrown, rows.place);
  }
}

function unreadable(thrown: unknown, place: string): TidemarkError {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const where = thrown instanceof Malformed ? `, in ${place}` : '';
  return new TidemarkError('verification.failed', `the CSV file cannot be read: ${text}${where}`, {
    cause: thrown,
    hint: fetchAgain,
  });
}

/** Takes fields: those of the header, and then those of rows. */
class RowReader implements FieldSink {
  /** Rows that are not handed over. */
  waiting = 0;
  private bytes = 0;
  /** Whether the line that comes is the header. */
  private inHeader = true;
  private rowsBefore = 0;
  /** Whether values are checked that are no single field's. */
  private finishing = false;
  private column = 0;
  private readonly names: readonly string[];
  /** By column of the file; undefined where it is not asked for. */
  private readonly readers: readonly (ColumnReader | undefined)[];
  /** By column asked for, its place in the file. */
  private readonly places: readonly number[];
  private readonly schema: Schema;

  constructor({ columns }: StoredAs, asked: readonly string[] | undefined) {
    this.names = columns.map(({ name }) => name);
    this.places = asked === undefined ? [...columns.keys()] : asked.map((name) => placeOf(name, this.names));
    const { fields } = arrowSchema(columns);
    this.schema = new Schema(this.places.map((place) => fields[place]!));
    this.readers = fields.map(({ type }, place) => (this.places.includes(place) ? columnReader(type) : undefined));
  }

  get isLarge(): boolean {
    return this.waiting >= batchRows || (this.waiting > 0 && this.bytes >= batchBytes);
  }

  get place(): string {
    if (this.inHeader) return 'the header';
    const [next, name] = [this.rowsBefore + this.waiting + 1, this.names[this.column] ?? this.column + 1];
    return this.finishing
      ? `rows ${this.rowsBefore + 1} to ${next - 1}, column ${name}`
      : `row ${next}, column ${name}`;
  }

  field(column: number, bytes: Uint8Array, from: number, to: number): void {
    this.column = column;
    this.bytes += to - from;
    if (this.inHeader) this.assertName(column, bytes, from, to);
    else this.readers[column]?.add(bytes, from, to);
  }

  nullField(column: number): void {
    this.column = column;
    if (this.inHeader) this.assertName(column, noBytes, 0, 0);
    else this.readers[column]?.addNull();
  }

  private assertName(column: number, bytes: Uint8Array, from: number, to: number): void {
    const expected = this.names[column];
    if (expected === undefined) throw new Malformed(`more fields than the ${this.names.length} that are expected`);
    if (Buffer.from(expected).equals(bytes.subarray(from, to))) return;
    const found = shownField(bytes, from, to);
    throw new Malformed(`column ${column + 1} is ${found} where ${JSON.stringify(expected)} is expected`);
  }

  line(fields: number): void {
    if (fields !== this.names.length) throw new Malformed(`${fields} fields where ${this.names.length} are expected`);
    if (this.inHeader) this.inHeader = false;
    else this.waiting++;
  }

  assertHeader(): void {
    if (this.inHeader) throw new Malformed('there is no header');
  }

  batch(): RecordBatch {
    const data = new Map<number, Data>();
    this.finishing = true;
    for (const [place, reader] of this.readers.entries()) {
      this.column = place;
      if (reader !== undefined) data.set(place, reader.finish());
    }
    this.finishing = false;
    const children = this.places.map((place) => data.get(place)!);
    const { schema, waiting: length } = this;
    this.rowsBefore += length;
    this.waiting = this.bytes = 0;
    return new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length, nullCount: 0, children }));
  }
}

function placeOf(name: string, names: readonly string[]): number {
  const place = names.indexOf(name);
  if (place >= 0) return place;
  throw new TidemarkError('request.invalid', `the file has no column "${name}"`, {
    hint: `Columns: ${names.slice(0, 20).join(', ')}${names.length > 20 ? ', …' : ''}.`,
  });
}
