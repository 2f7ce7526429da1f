import { MisfitError } from '../misfit-error.js';
import type { MisfitPolicy } from '../source.js';
import { type Column, typeName } from '../types.js';

/** What to do with a column's misfits, and how many there were. */
export class MisfitTally {
  nulled = 0;
  extreme = 0;

  constructor(
    readonly column: Column,
    readonly index: number,
    private readonly policy: MisfitPolicy,
  ) {}

  clear(): void {
    this.nulled = this.extreme = 0;
  }

  /**
   * A value that the column cannot hold. Returns where it becomes NULL.
   * @throws data.misfit, data.encoding
   */
  reject(row: number, value: string, code: 'data.misfit' | 'data.encoding' = 'data.misfit'): void {
    if (this.policy.misfit === 'fail') throw this.error(row, value, code);
    this.nulled++;
  }

  /**
   * An infinity of a date or timestamp: true where it becomes the type's extreme value, false where it becomes NULL.
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

  private error(row: number, value: string, code: 'data.misfit' | 'data.encoding'): MisfitError {
    const { name, sourceType, type, redacted, redactedBecause } = this.column;
    const shown = redacted ? `a value (hidden: ${redactedBecause ?? 'the column is redacted'})` : value;
    const temporal = value.endsWith('infinity') && (type.kind === 'date' || type.kind === 'timestamp');
    const holds =
      code === 'data.encoding'
        ? `Repair the value, or read the column as bytes by a query that converts it`
        : temporal
          ? `--infinity extreme or --infinity null carries on; --cast ${name}=text keeps every value`
          : type.kind === 'decimal' && /\d/.test(value)
            ? `--cast ${name}=decimal(p,s) with more digits (76 at most), or --cast ${name}=text, keeps every value`
            : `--cast ${name}=text keeps every value`;
    const problem = code === 'data.encoding' ? 'is not valid UTF-8' : `does not fit ${typeName(type)}`;
    return new MisfitError(
      { column: this.index, row },
      code,
      `Column "${name}" (${sourceType}): ${shown} ${problem}`,
      `${holds}; --misfit null writes NULL and counts it.`,
    );
  }
}
