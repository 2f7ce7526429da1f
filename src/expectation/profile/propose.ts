import type { LogicalType } from '../../core/logical-type.js';
import type { WallMoment } from '../../core/moment.js';
import { formatCount } from '../../core/units.js';
import { ageOf } from '../ages.js';
import { percent } from '../rule-text.js';
import type { ColumnProfile } from './column-profile.js';

/** What is known of a table beside its sample. */
export interface ProfiledTable {
  readonly profiles: readonly ColumnProfile[];
  /** Rows that were looked at. */
  readonly rows: number;
  /** All rows of the table, counted or as the server guesses; undefined: nobody knows. */
  readonly allRows: { readonly count: number; readonly guessed: boolean } | undefined;
  readonly primaryKey: readonly string[];
  /** When it was looked at. */
  readonly now: WallMoment;
  /** Whether a text must not be told. */
  readonly isSecret: (text: string) => boolean;
}

/** Rules for one column, by the names of the options, and what they were taken from, for people. */
export interface ProposedRules {
  readonly rules: Readonly<Record<string, unknown>>;
  readonly why: string;
}

/** Rules for a table, as the option `expect` takes them. */
export interface Proposal {
  readonly rows: ProposedRules | undefined;
  readonly unique: readonly (readonly string[])[];
  readonly columns: Readonly<Record<string, ProposedRules>>;
}

/** What rows that were looked at suggest: rules that they keep, with room for what is to come. */
export function propose(table: ProfiledTable): Proposal {
  const columns = table.profiles.flatMap((profile) => {
    const proposed = columnRules(profile, table);
    return Object.keys(proposed.rules).length === 0 ? [] : [[profile.column.name, proposed] as const];
  });
  const { primaryKey } = table;
  return {
    rows: rowsRule(table),
    unique: primaryKey.length > 1 ? [primaryKey] : [],
    columns: Object.fromEntries(columns),
  };
}

function rowsRule({ allRows }: ProfiledTable): ProposedRules | undefined {
  if (allRows === undefined || allRows.count < 1) return undefined;
  const { count, guessed } = allRows;
  const rules = { min: Math.max(1, Math.floor(rounded(count / 2))), max: Math.ceil(rounded(count * 2)) };
  return { rules, why: `${guessed ? 'about ' : ''}${formatCount(Math.round(count))} now` };
}

/** To two digits. */
const rounded = (count: number): number => Number(count.toPrecision(2));

/** Fewer rows say nothing of values that come again. */
const rowsForClasses = 100;

function columnRules(profile: ColumnProfile, { rows, primaryKey, now, isSecret }: ProfiledTable): ProposedRules {
  const { column, facts, classes, unique, patterns } = profile;
  const rules: Record<string, unknown> = {};
  const why: string[] = [];
  const present = rows - facts.nulls;
  if (rows > 0 && facts.nulls === 0) rules['not-null'] = true;
  else if (present > 0) {
    const most = roomFor(facts.nulls / rows);
    if (most !== undefined) rules['max-nulls'] = most;
    why.push(`${percent(facts.nulls / rows)} NULL`);
  }
  if (present === 0) return { rules, why: why.join(', ') };
  const isKey = primaryKey.length === 1 && primaryKey[0] === column.name;
  if (isKey) rules['unique'] = true;
  else if (unique && present >= rowsForClasses) {
    rules['unique'] = true;
    why.push('unique in the sample');
  }
  if (isClasses(classes, present) && ![...classes.keys()].some(isSecret)) {
    rules['in'] = [...classes.keys()].sort();
    why.push(`${formatCount(classes.size)} values`);
  } else if (patterns.length > 0) rules['pattern'] = patterns[0];
  const bounds = typeof facts.bounds === 'object' ? facts.bounds : undefined;
  if (bounds !== undefined && isNumber(column.type) && rules['in'] === undefined && !column.manyTexts) {
    if (Number(bounds.min) >= 0) rules['min'] = 0;
  }
  const age = bounds && freshAge(bounds.max as number | bigint, column.type, now);
  if (age !== undefined) {
    rules['max-age'] = `${Math.ceil((2 * Math.max(age, halfDay)) / day)}d`;
    why.push(`the newest is ${age < day ? 'of the last day' : `${Math.round(age / day)} d old`}`);
  }
  return { rules, why: why.join(', ') };
}

const day = 86_400_000;
const halfDay = day / 2;
/** What is older does not come every day. */
const oldestFresh = 31 * day;

function isClasses(classes: ColumnProfile['classes'], present: number): classes is ReadonlyMap<string, number> {
  if (classes === undefined || classes.size < 2 || present < rowsForClasses) return false;
  return [...classes].every(([text, count]) => text.length <= 64 && count > 1) && present >= 20 * classes.size;
}

/** The most that may be NULL: the next of some shares that leaves room; undefined: nothing below all of it does. */
function roomFor(share: number): string | undefined {
  const steps = [0.1, 1, 5, 10, 20, 30, 50, 80];
  const step = steps.find((one) => one >= 150 * share);
  return step === undefined ? undefined : `${step}%`;
}

const isNumber = ({ kind }: LogicalType): boolean => kind === 'int' || kind === 'float' || kind === 'decimal';

/** How old the newest value is, where it is fresh, in milliseconds. */
function freshAge(newest: number | bigint, type: LogicalType, now: WallMoment): number | undefined {
  if (type.kind !== 'date' && type.kind !== 'timestamp') return undefined;
  const age = ageOf(newest, type, now);
  return age >= 0 && age <= oldestFresh ? age : undefined;
}
