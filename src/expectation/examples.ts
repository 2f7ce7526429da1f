import type { Field, RecordBatch } from 'apache-arrow';
import { bitAt, validity } from '../core/arrow/bitmap.js';
import { plainData } from '../core/arrow/plain-data.js';
import { plainValueText, valuesOf } from '../core/arrow/value-at.js';
import { type Example, exampleIdentity, mostExamples } from '../core/rule-counts.js';
import { arrowSchema, type Column } from '../core/types.js';

/** Characters of a text that are shown: it may be a whole book. */
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

/** The text of a row's value; null for NULL. */
type TextAt = (row: number) => string | null;

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

  /** Takes rows of a batch. @param column index of the one that is shown beside the key; undefined: none */
  of(batch: RecordBatch, column: number | undefined): ExamplesOfBatch {
    const shown = column !== undefined && this.mayShow(column) && !this.key.includes(column) ? column : undefined;
    return new ExamplesOfBatch(
      this.key.map((index) => [this.columns[index]!.name, this.textsOf(batch, index)]),
      shown === undefined ? undefined : this.textsOf(batch, shown),
    );
  }

  private mayShow(index: number): boolean {
    const { redacted, mask, type } = this.columns[index]!;
    return !redacted && mask === undefined && shownKinds.includes(type.kind);
  }

  private textsOf({ data }: RecordBatch, index: number): TextAt {
    const column = plainData(data.children[index]!);
    const valid = validity(column);
    const valueAt = valuesOf(column);
    return (row) => {
      if (valid !== undefined && bitAt(valid, row) === 0) return null;
      const text = plainValueText(valueAt(row), this.fields[index]!);
      return this.columns[index]!.type.kind === 'text' ? shortened(text) : text;
    };
  }
}

function shortened(text: string): string {
  const characters = [...text.slice(0, 2 * mostCharacters + 1)];
  return characters.length > mostCharacters ? `${characters.slice(0, mostCharacters).join('')}…` : text;
}

/** Where so many rows of a batch have few values, the others are hardly worth a look. */
const mostTries = 10_000;

/** The first few rows that are not the same. */
export class ExamplesOfBatch {
  private readonly found = new Map<string, Example>();
  private tries = 0;

  constructor(
    private readonly key: readonly (readonly [name: string, textAt: TextAt])[],
    private readonly valueAt: TextAt | undefined,
  ) {}

  get all(): readonly Example[] {
    return [...this.found.values()];
  }

  /** Whether no more rows are wanted. */
  get full(): boolean {
    if (this.key.length === 0 && this.valueAt === undefined) return true;
    return this.found.size === mostExamples || this.tries === mostTries;
  }

  add(row: number): void {
    this.tries += 1;
    const key = this.key.map(([name, textAt]) => [name, textAt(row)] as const);
    const value = this.valueAt?.(row) ?? null;
    const example: Example = {
      ...(key.length > 0 && { key: Object.fromEntries(key) }),
      ...(value !== null && { value }),
    };
    this.found.set(exampleIdentity(example), example);
  }
}
