import { closest, distance } from 'fastest-levenshtein';
import { TidemarkError } from '../core/errors.js';
import { dateText, dateTimeText, isoWeek, type LogicalDate, pad, quarterOf } from './logical-date.js';

/** What a run's name templates are filled from. */
export interface NameValues {
  readonly date: LogicalDate;
  /** The run's short random name. */
  readonly run: string;
}

const placeholder = /\{([^{}]*)\}/g;

/** The placeholders of a template, in order. */
export function placeholdersOf(template: string): string[] {
  return [...template.matchAll(placeholder)].map((match) => match[1]!);
}

/**
 * Replaces placeholders. Those that `values` does not have are refused; those in `kept` stay for later.
 *
 * @param key the option, for messages
 * @throws request.invalid naming the nearest known placeholder
 */
export function fill(
  template: string,
  key: string,
  values: Readonly<Record<string, string>>,
  kept: readonly string[] = [],
): string {
  const known = [...Object.keys(values), ...kept];
  for (const name of placeholdersOf(template)) {
    if (!known.includes(name)) throw unknownPlaceholder(template, key, name, known);
  }
  if (/[{}]/.test(template.replace(placeholder, ''))) {
    throw new TidemarkError('request.invalid', `${key}: "${template}" has a brace without its partner`, {
      hint: `Placeholders are ${listed(known)}.`,
    });
  }
  return template.replace(placeholder, (whole, name: string) => (kept.includes(name) ? whole : values[name]!));
}

/**
 * Replaces placeholders in a text in which braces may also stand for themselves.
 * @throws request.invalid for what is nearly a placeholder
 */
export function fillText(text: string, key: string, values: Readonly<Record<string, string>>): string {
  const known = Object.keys(values);
  return text.replace(/\{([a-z]+)\}/gi, (whole, name: string) => {
    if (Object.hasOwn(values, name)) return values[name]!;
    const small = name.toLowerCase();
    if (distance(small, closest(small, known)) <= 2) throw unknownPlaceholder(text, key, name, known);
    return whole;
  });
}

/**
 * The values of the time placeholders. `{quarter}`, `{month}` and `{week}` name their year themselves (`2024-q1`,
 * `2024-01`, `2024-w03`); in a template that has `{year}` too they leave it out (`q1`, `01`, `w03`), and also their
 * letter where the template writes it (`{year}-q{quarter}`). `{year}` beside `{week}` is the year that the week is in.
 */
export function timeValues(template: string, { date, run }: NameValues): Record<string, string> {
  const names = placeholdersOf(template);
  const week = isoWeek(date);
  const year = pad(date.year, 4);
  const short = names.includes('year');
  const letter = (own: string, name: string): string => (template.includes(`${own}{${name}}`) ? '' : own);
  return {
    date: dateText(date),
    datetime: dateTimeText(date),
    year: names.includes('week') ? pad(week.year, 4) : year,
    quarter: short ? `${letter('q', 'quarter')}${quarterOf(date)}` : `${year}-q${quarterOf(date)}`,
    month: short ? pad(date.month, 2) : `${year}-${pad(date.month, 2)}`,
    week: short ? `${letter('w', 'week')}${pad(week.week, 2)}` : `${pad(week.year, 4)}-w${pad(week.week, 2)}`,
    run,
  };
}

function unknownPlaceholder(template: string, key: string, name: string, known: string[]): TidemarkError {
  const nearest = closest(name.toLowerCase(), known);
  const meant = distance(name.toLowerCase(), nearest) <= 3 ? ` Did you mean {${nearest}}?` : '';
  return new TidemarkError('request.invalid', `${key}: "${template}" has an unknown placeholder {${name}}.${meant}`, {
    hint: `Placeholders are ${listed(known)}.`,
  });
}

function listed(names: readonly string[]): string {
  return names.map((name) => `{${name}}`).join(' ');
}
