import type { Field, RecordBatch } from 'apache-arrow';
import { bitAt, validity } from '../core/arrow/bitmap.js';
import { plainData } from '../core/arrow/plain-data.js';
import { plainValueText, valuesOf } from '../core/arrow/value-at.js';
import { distinctExamples, type Example } from '../core/rule-counts.js';
import { arrowSchema, type Column } from '../core/types.js';

/** Characters of a value that are shown: a text may be a whole book. */
const mostCharacters = 64;

/** Kinds of values that an example can show. */
const shownKinds: readonly Column['type']['kind'][] = [
  'bool',
  'text',
  'uuid',
  'date',
  'time',
  'int',
  'float',
  'decimal',
  'timestamp',
];

/** Shows rows of batches: their keys, and the value of one column. */
export class ExampleRows {
  private readonly fields: readonly Field[];
  private readonly key: readonly number[];

  /** @param key indices of the columns that tell a row; those of whose values nothing may be told are left out */
  constructor(
    private readonly columns: readonly Column[],
    key: readonly number[],
  ) {
    this.fields = arrowSchema(columns).fields;
    this.key = key.filter((index) => this.mayShow(index));
  }

  /** @param column index of the one that is shown beside the key; undefined: none */
  of(batch: RecordBatch, rows: readonly number[], column: number | undefined): readonly Example[] {
    const shown = column !== undefined && this.mayShow(column) && !this.key.includes(column) ? column : undefined;
    const examples = rows.map((row): Example => {
      const key = this.key.map((index) => [this.columns[index]!.name, this.textAt(batch, index, row)] as const);
      const value = shown === undefined ? null : this.textAt(batch, shown, row);
      return { ...(key.length > 0 && { key: Object.fromEntries(key) }), ...(value !== null && { value }) };
    });
    return distinctExamples(examples.filter(({ key, value }) => key !== undefined || value !== undefined));
  }

  private mayShow(index: number): boolean {
    const { redacted, mask, type } = this.columns[index]!;
    return !redacted && mask === undefined && shownKinds.includes(type.kind);
  }

  private textAt({ data }: RecordBatch, index: number, row: number): string | null {
    const column = plainData(data.children[index]!);
    const valid = validity(column);
    if (valid !== undefined && bitAt(valid, row) === 0) return null;
    const text = plainValueText(valuesOf(column)(row), this.fields[index]!);
    const characters = [...text.slice(0, 2 * mostCharacters)];
    return characters.length > mostCharacters ? `${characters.slice(0, mostCharacters).join('')}…` : text;
  }
}
