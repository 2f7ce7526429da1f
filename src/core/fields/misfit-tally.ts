import type { Data } from 'apache-arrow';
import { inLine } from '../in-line.js';
import { castNote, columnFlag } from '../option-name.js';
import { take } from '../arrow/take.js';
import { MisfitError } from '../misfit-error.js';
import type { MisfitPolicy } from '../source-request.js';
import { type Column, typeName } from '../types.js';

type MisfitCode = 'data.misfit' | 'data.encoding';

/** What to do with a column's misfits, and how many there were. */
export class MisfitTally {
  nulled = 0;
  extreme = 0;
  /** Rows whose value has a part that does not fit: all of the value becomes NULL, since a list without it would be another list. */
  private readonly spoiled = new Set<number>();

  constructor(
    readonly column: Column,
    readonly index: number,
    protected readonly policy: MisfitPolicy,
  ) {}

  clear(): void {
    this.nulled = this.extreme = 0;
    this.spoiled.clear();
  }

  /**
   * The tally of what this column's values are made of.
   * @param rowOf the row of this column that a row of the part belongs to
   */
  inside(part: Column, index: number, rowOf: (row: number) => number): MisfitTally {
    return new InnerTally({ part, index, policy: this.policy, outer: this, rowOf });
  }

  /** The column's values, NULL where a part did not fit. */
  withoutSpoiled(data: Data): Data {
    if (this.spoiled.size === 0) return data;
    return take(
      data,
      Int32Array.from({ length: data.length }, (_, row) => (this.spoiled.has(row) ? -1 : row)),
    );
  }

  /**
   * A value that the column cannot hold. Returns where it becomes NULL.
   * @throws data.misfit, data.encoding
   */
  reject(row: number, value: string, code: MisfitCode = 'data.misfit'): void {
    if (this.policy.misfit === 'fail') throw this.error(row, value, code);
    this.nulled++;
  }

  /** A value that a part of the column cannot hold: the whole value becomes NULL. @throws data.misfit, data.encoding */
  rejectPart(row: number, value: string, code: MisfitCode, part: Column): void {
    if (this.policy.misfit === 'fail') throw this.error(row, value, code, part);
    this.spoil(row);
  }

  /** As {@link infinity}, of a part of the value. */
  infinityInPart(row: number, value: string, part: Column): boolean {
    if (this.policy.infinity === 'extreme') this.extreme++;
    else if (this.policy.infinity === 'null') this.spoil(row);
    else this.rejectPart(row, value, 'data.misfit', part);
    return this.extremesTaken;
  }

  /**
   * An infinity of a date, timestamp or interval: true where it becomes the type's extreme value, false where it becomes NULL.
   * @throws data.misfit
   */
  infinity(row: number, value: string): boolean {
    if (this.policy.infinity === 'extreme') {
      this.extreme++;
      return true;
    }
    if (this.policy.infinity === 'null') this.nulled++;
    else this.reject(row, value);
    return false;
  }

  /** Whether infinities become extreme values, which then mean nothing else. */
  get extremesTaken(): boolean {
    return this.policy.infinity === 'extreme';
  }

  private spoil(row: number): void {
    if (this.spoiled.has(row)) return;
    this.spoiled.add(row);
    this.nulled++;
  }

  private error(row: number, value: string, code: MisfitCode, part: Column = this.column): MisfitError {
    const { name, sourceType, redacted, redactedBecause } = this.column;
    const { type } = part;
    const shown = redacted ? `a value (hidden: ${redactedBecause ?? 'the column is redacted'})` : value;
    // Of dates, timestamps and intervals; that of a number is written with a capital.
    const temporal = /^-?infinity$/.test(value);
    const asText = columnFlag('cast', name, 'text');
    const holds =
      code === 'data.encoding'
        ? `Repair the value, or read the column as bytes by a query that converts it`
        : temporal
          ? `--infinity extreme or --infinity null carries on; ${asText} keeps every value`
          : type.kind === 'decimal' && part === this.column && /\d/.test(value)
            ? `${castNote(name, 'decimal(p,s)')} with more digits (76 at most), or ${asText}, keeps every value`
            : type.kind === 'timestamp' && part === this.column && finerThanMicros.test(value)
              ? `${columnFlag('cast', name, type.utc ? 'timestamp[ns, UTC]' : 'timestamp[ns]')} keeps it in the years 1678 to 2261, ${asText} every value`
              : `${asText} keeps every value`;
    const problem =
      code === 'data.encoding'
        ? 'is not valid UTF-8'
        : `does not fit ${typeName(type)}${part === this.column ? '' : ofPart(this.column)}`;
    return new MisfitError(
      { column: this.index, row },
      code,
      `Column "${inLine(name)}" (${sourceType}): ${shown} ${problem}`,
      `${holds}; --misfit null writes NULL and counts it.`,
    );
  }
}

/** A moment's text that has nanoseconds. */
const finerThanMicros = /\.\d{7,9}(?!\d)/;

/** Which type it is that a value does not fit: that of the column would be another one. */
const ofPart = ({ type }: Column): string => (type.kind === 'list' ? ' of an element' : ' of a part');

/** The tally of a part of values: what does not fit there is told to the column. */
class InnerTally extends MisfitTally {
  private readonly outer: MisfitTally;
  private readonly rowOf: (row: number) => number;

  constructor({
    part,
    index,
    policy,
    outer,
    rowOf,
  }: {
    readonly part: Column;
    readonly index: number;
    readonly policy: MisfitPolicy;
    readonly outer: MisfitTally;
    readonly rowOf: (row: number) => number;
  }) {
    super(part, index, policy);
    this.outer = outer;
    this.rowOf = rowOf;
  }

  override reject(row: number, value: string, code: MisfitCode = 'data.misfit'): void {
    this.rejectPart(row, value, code, this.column);
  }

  override infinity(row: number, value: string): boolean {
    return this.infinityInPart(row, value, this.column);
  }

  override rejectPart(row: number, value: string, code: MisfitCode, part: Column): void {
    this.outer.rejectPart(this.rowOf(row), value, code, part);
  }

  override infinityInPart(row: number, value: string, part: Column): boolean {
    return this.outer.infinityInPart(this.rowOf(row), value, part);
  }
}
