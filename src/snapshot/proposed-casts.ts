import type { RecordBatch } from 'apache-arrow';
import type { RunListener } from '../core/progress.js';
import type { Column } from '../core/types.js';
import { DigitsOfTexts } from '../core/arrow/digits-of-texts.js';
import { largestDecimal128 } from '../core/type-table.js';
import type { TablePlan } from '../core/source.js';
import type { Plan } from './plan.js';
import type { ProposedCast } from './result.js';
import { sampleTables } from './sampled-rows.js';

/** The most rows of a query, a view or the like that are looked at. */
const mostRows = 10_000;

/** Milliseconds: whoever asks for a plan does not want to wait for a long query. */
const patience = 5000;

/** Digits before the point that values beyond the sample may have more. */
const moreDigits = 2;

/** Up to so many digits a value takes eight bytes. */
const digitsOfWord = 18;

/** A quotient has at least so many significant digits: one that is smaller than those of the sample has more after the point. */
const digitsOfQuotients = 16;
const moreOfQuotients = 4;

/**
 * For columns of numbers that are kept as text, since their type says nothing of their digits: the `--cast` that holds all values of a sample.
 * @throws TidemarkError source.*; the signal's reason
 */
export async function proposeCasts(
  plan: Plan,
  tables: readonly TablePlan[],
  { signal, listener }: { readonly signal: AbortSignal; readonly listener: RunListener },
): Promise<readonly ProposedCast[]> {
  if (!tables.some(({ columns }) => columns.some(isProposable))) return [];
  if (tables.some(({ billed }) => billed !== undefined)) return withoutCast(tables, 'looking at its rows is billed');
  const late = AbortSignal.timeout(patience);
  try {
    const sampling = { signal: AbortSignal.any([signal, late]), listener, mostRows };
    return (await sampleTables(plan, sampling, lookAt)).flat();
  } catch (error) {
    signal.throwIfAborted();
    if (!late.aborted) throw error;
    return withoutCast(tables, `its rows did not come within ${patience / 1000} s`);
  }
}

function withoutCast(tables: readonly TablePlan[], because: string): readonly ProposedCast[] {
  return tables.flatMap(({ name, columns }) =>
    columns.filter(isProposable).map((column) => ({ table: name, column: column.name, because })),
  );
}

/** Of values that are masked or of which nothing is told, nothing is proposed either. */
function isProposable({ castTo, redacted, mask, hidden }: Column): boolean {
  return castTo !== undefined && !redacted && mask === undefined && !hidden;
}

function lookAt({ name, columns: all }: TablePlan) {
  const columns = all.flatMap((column, index) => (isProposable(column) ? [index] : []));
  const digits = columns.map(() => new DigitsOfTexts());
  return {
    columns,
    take: ({ data }: RecordBatch) => data.children.forEach((child, index) => digits[index]!.add(child)),
    result: (): ProposedCast[] =>
      columns.map((column, index) => ({ table: name, ...proposalOf(all[column]!, digits[index]!) })),
  };
}

function proposalOf({ name: column, castTo }: Column, digits: DigitsOfTexts): Omit<ProposedCast, 'table'> {
  const { values, integers, shown, isOther } = digits;
  const fraction = integers + shown <= largestDecimal128 ? shown : digits.fraction;
  if (values === 0) return { column, because: 'the sample has no values' };
  if (isOther) return { column, because: 'the sample has a NaN or an infinity, which no decimal holds' };
  if (integers + fraction > largestDecimal128) {
    return {
      column,
      because: `the sample has numbers of ${integers + fraction} digits, and readers disagree about those of more than ${largestDecimal128}`,
    };
  }
  const cast = castTo!.replace(/decimal\d*\([^)]*\)/, decimalFor(integers, fraction));
  return { column, cast, values };
}

/** With room for larger numbers, as far as that costs no bytes. */
function decimalFor(integers: number, fraction: number): string {
  const isQuotient = fraction >= digitsOfQuotients;
  const scale = isQuotient
    ? Math.max(fraction, Math.min(fraction + moreOfQuotients, largestDecimal128 - integers - moreDigits))
    : fraction;
  const precision = integers + moreDigits + scale <= digitsOfWord ? digitsOfWord : largestDecimal128;
  return `decimal(${precision},${scale})`;
}
