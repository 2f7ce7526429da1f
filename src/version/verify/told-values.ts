import { type Data, Field, type RecordBatch, type Schema } from 'apache-arrow';
import { boundsFinder } from '../../core/arrow/column-bounds.js';
import { plainData } from '../../core/arrow/plain-data.js';
import { type Bounds, compareBounds } from '../../core/facts.js';
import type { ToldChunk, ToldValues } from '../../core/format.js';
import { failure, type Finding } from './finding.js';

/** Values that a file tells something of, and what is counted of them while they come. */
class Counted {
  rows = 0;
  nulls = 0;
  /** Not all values are between the bounds that are told. */
  isOutside = false;

  constructor(readonly told: ToldValues) {}

  add(rows: number, nulls: number, found: Bounds | 'unknown' | undefined): void {
    this.rows += rows;
    this.nulls += nulls;
    const { bounds } = this.told;
    if (bounds === undefined || found === undefined || found === 'unknown') return;
    this.isOutside ||= compareBounds(bounds.min, found.min) > 0 || compareBounds(bounds.max, found.max) < 0;
  }

  get isWhole(): boolean {
    return this.rows >= this.told.rows;
  }

  get holds(): boolean {
    return !this.isOutside && (this.told.nulls ?? this.nulls) === this.nulls;
  }
}

/** A column of a row group while its rows come. */
class ChunkCount {
  private readonly pages: readonly Counted[];
  private readonly whole: Counted;
  private page = 0;

  constructor(
    { pages, ...whole }: ToldChunk,
    private readonly find: ((data: Data) => Bounds | 'unknown' | undefined) | undefined,
  ) {
    this.whole = new Counted(whole);
    this.pages = (pages.length > 0 ? pages : [whole]).map((told) => new Counted(told));
  }

  add(data: Data): void {
    for (let from = 0; from < data.length;) {
      const page = this.pages[this.page];
      if (page === undefined) return;
      const rows = Math.min(data.length - from, page.told.rows - page.rows);
      const part = rows === data.length ? data : data.slice(from, rows);
      const found = this.find?.(part);
      page.add(rows, part.nullCount, found);
      this.whole.add(rows, part.nullCount, found);
      if (page.isWhole) this.page += 1;
      from += rows;
    }
  }

  /** What does not hold; undefined: all does. */
  get fault(): string | undefined {
    const page = this.pages.findIndex(({ holds }) => !holds);
    if (!this.whole.holds) return 'what the footer tells of its smallest and largest values and of its NULLs is not so';
    if (page >= 0) return `what the page index tells of page ${page} is not so`;
    return undefined;
  }
}

/**
 * Looks whether the statistics and page indexes in a file hold: readers pass over row groups and pages by them, and rows that lie outside would be
 * missed.
 * @param told row group by row group, by the columns of `schema`
 */
export async function* holdingTold(
  batches: AsyncIterable<RecordBatch>,
  {
    told,
    schema,
    file,
  }: { readonly told: readonly (readonly (ToldChunk | undefined)[])[]; readonly schema: Schema; readonly file: string },
  findings: Finding[],
): AsyncGenerator<RecordBatch> {
  const finders = schema.fields.map((field) => boundsFinder(asText(field)));
  let rowGroup = -1;
  let left = 0;
  let counts: readonly (ChunkCount | undefined)[] = [];
  const close = (): void => {
    for (const [index, count] of counts.entries()) {
      const message = count?.fault;
      if (message === undefined) continue;
      findings.push(failure('statistics', file, message, { column: schema.fields[index]!.name, rowGroup }));
    }
  };
  for await (const batch of batches) {
    if (left === 0) {
      close();
      rowGroup += 1;
      const chunks = told[rowGroup] ?? [];
      counts = chunks.map((chunk, index) => chunk && new ChunkCount(chunk, finders[index]));
      left = chunks.find((chunk) => chunk !== undefined)?.rows ?? batch.numRows;
    }
    for (const [index, count] of counts.entries()) count?.add(plainData(batch.data.children[index]!));
    left -= batch.numRows;
    yield batch;
  }
  close();
}

/** Files tell bounds of JSON too, as of any text. */
function asText(field: Field): Field {
  if (field.metadata.get('ARROW:extension:name') !== 'arrow.json') return field;
  return new Field(field.name, field.type, field.nullable);
}
