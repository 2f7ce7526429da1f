import type { Data, Field, RecordBatch } from 'apache-arrow';
import { bitAt, validity } from '../../core/arrow/bitmap.js';
import { factsCounter } from '../../core/arrow/batch-facts.js';
import { plainData } from '../../core/arrow/plain-data.js';
import { plainValueText, valuesOf } from '../../core/arrow/value-at.js';
import { addFacts, type ColumnFacts, type Facts } from '../../core/facts.js';
import { bytesOfHash, DigestKernel } from '../../core/digest/kernel.js';
import { keyHashes } from '../../core/digest/key-hashes.js';
import { keyFault } from '../../core/key-columns.js';
import { arrowSchema, type Column } from '../../core/types.js';
import { shapes } from './shapes.js';

/** Columns with more values than that are no columns of classes. */
const mostClasses = 20;

/** Kinds of values that can be classes. */
const classKinds: readonly Column['type']['kind'][] = ['text', 'int'];

/** Kinds of values that are often keys: others are seldom the same twice by chance. */
const keyKinds: readonly Column['type']['kind'][] = ['int', 'text', 'uuid'];

/** What the sampled values of a column are like. */
export interface ColumnProfile {
  readonly column: Column;
  readonly facts: ColumnFacts;
  /** How often each value comes, as text; undefined: there are many, or none may be told. */
  readonly classes: ReadonlyMap<string, number> | undefined;
  /** Whether no two rows had the same; undefined: it was not looked at. */
  readonly unique: boolean | undefined;
  /** Regular expressions that are found in every text, the narrowest first. */
  readonly patterns: readonly string[];
}

/** Looks at rows of a table, to tell what they are like. */
export class TableProfiler {
  private readonly factsOf: ReturnType<typeof factsCounter>;
  private readonly watchers: readonly ColumnWatcher[];
  private facts: Facts | undefined;

  /** @param columns those that are read */
  constructor(private readonly columns: readonly Column[]) {
    const schema = arrowSchema(columns);
    const hidden = new Set(columns.filter((column) => !mayTell(column)).map(({ name }) => name));
    this.factsOf = factsCounter(schema, hidden);
    const kernel = new DigestKernel();
    this.watchers = schema.fields.map((field, index) => new ColumnWatcher(columns, index, { field, kernel }));
  }

  add(batch: RecordBatch): void {
    const facts = this.factsOf(batch);
    this.facts = this.facts === undefined ? facts : addFacts(this.facts, facts);
    for (const watcher of this.watchers) watcher.add(batch);
  }

  get rows(): number {
    return this.facts?.rows ?? 0;
  }

  profiles(): readonly ColumnProfile[] {
    return this.columns.map((column, index) => {
      const facts = this.facts?.columns[index] ?? { nulls: 0, nulled: 0, extreme: 0 };
      return { column, facts, ...this.watchers[index]!.found() };
    });
  }
}

/** Whether values may stand in what is proposed. */
const mayTell = ({ redacted, mask }: Column): boolean => !redacted && mask === undefined;

/** One column's values, as far as facts do not tell. */
class ColumnWatcher {
  private classes: Map<string, number> | undefined;
  private keys: Set<string> | undefined;
  private patterns: readonly (readonly [RegExp, string])[];
  private seen = 0;
  private readonly hash: ReturnType<typeof keyHashes> | undefined;
  private readonly field: Field;
  /** Of all columns together: what it computes of a batch is taken before the next. */
  private readonly kernel: DigestKernel;

  constructor(
    columns: readonly Column[],
    private readonly index: number,
    { field, kernel }: { readonly field: Field; readonly kernel: DigestKernel },
  ) {
    this.field = field;
    this.kernel = kernel;
    const column = columns[index]!;
    const { kind } = column.type;
    if (mayTell(column) && classKinds.includes(kind)) this.classes = new Map();
    this.patterns = mayTell(column) && kind === 'text' ? shapes.map((source) => [new RegExp(source, 'u'), source]) : [];
    const canBeKey = keyFault(column) === undefined && keyKinds.includes(kind);
    if (canBeKey) this.keys = new Set();
    this.hash = canBeKey ? keyHashes(this.kernel, columns, [index]) : undefined;
  }

  add(batch: RecordBatch): void {
    const data = plainData(batch.data.children[this.index]!);
    this.seen += data.length - data.nullCount;
    if (this.classes !== undefined || this.patterns.length > 0) this.look(data);
    if (this.keys !== undefined) this.compare(batch, data);
  }

  found(): Pick<ColumnProfile, 'classes' | 'unique' | 'patterns'> {
    const patterns = this.seen === 0 ? [] : this.patterns.map(([, source]) => source);
    return { classes: this.classes, unique: this.hash && this.keys !== undefined, patterns };
  }

  private look(data: Data): void {
    const valid = validity(data);
    const valueAt = valuesOf(data);
    for (let row = 0; row < data.length; row++) {
      if (valid !== undefined && bitAt(valid, row) === 0) continue;
      const text = plainValueText(valueAt(row), this.field);
      if (this.classes !== undefined) {
        this.classes.set(text, (this.classes.get(text) ?? 0) + 1);
        if (this.classes.size > mostClasses) this.classes = undefined;
      }
      if (this.patterns.length > 0) this.patterns = this.patterns.filter(([pattern]) => pattern.test(text));
      if (this.classes === undefined && this.patterns.length === 0) return;
    }
  }

  private compare(batch: RecordBatch, data: Data): void {
    const valid = validity(data);
    this.hash!(batch, (at, from, count) => {
      if (this.keys === undefined) return;
      const bytes = this.kernel.view(at, count * bytesOfHash);
      const all = Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength);
      for (let row = 0; row < count; row++) {
        if (valid !== undefined && bitAt(valid, from + row) === 0) continue;
        const key = all.toString('latin1', row * bytesOfHash, (row + 1) * bytesOfHash);
        if (this.keys.has(key)) {
          this.keys = undefined;
          return;
        }
        this.keys.add(key);
      }
    });
  }
}
