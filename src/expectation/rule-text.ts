import { exactDuration, formatCount } from '../core/units.js';
import type { Expected } from './rule.js';

/** A rule for people, in the words of the options: `plan in free, pro`. */
export function ruleText(rule: Expected): string {
  switch (rule.kind) {
    case 'rows':
      return `rows ${limits(rule.min?.toString(), rule.max?.toString(), (text) => formatCount(Number(text)))}`;
    case 'change':
      return `rows max-change ${percent(rule.most)}`;
    case 'nulls':
      return rule.most === 0
        ? `${rule.column} not-null`
        : `${rule.column} max-nulls ${Number((100 * rule.most).toPrecision(12))} %`;
    case 'unique':
      return rule.columns.length === 1 ? `${rule.columns[0]} unique` : `(${rule.columns.join(', ')}) unique`;
    case 'in':
      return `${rule.column} in ${membersText(rule.values)}`;
    case 'range':
      return `${rule.column} ${limits(rule.min, rule.max, (text) => text)}`;
    case 'pattern':
      return `${rule.column} pattern ${rule.pattern}`;
    case 'age':
      return `${rule.column} max-age ${exactDuration(rule.most)}`;
  }
}

/** A set may be a whole catalogue. */
const mostMembers = 10;

function membersText(values: readonly string[]): string {
  const shown = values.slice(0, mostMembers).map(memberText).join(', ');
  const more = values.length - mostMembers;
  return more > 0 ? `${shown}, … (${formatCount(more)} more)` : shown;
}

/** In quotation marks where it could be taken for several, or for nothing. */
const memberText = (value: string): string =>
  /^[^\s",](?:[^",]*[^\s",])?$/.test(value) ? value : JSON.stringify(value);

function limits(min: string | undefined, max: string | undefined, form: (text: string) => string): string {
  const parts = [
    ['min', min],
    ['max', max],
  ] as const;
  return parts.flatMap(([word, text]) => (text === undefined ? [] : [`${word} ${form(text)}`])).join(', ');
}

/** A share for people: `7.25 %`; of what is hardly anything, more digits. */
export function percent(share: number): string {
  const digits = share > 0 && share < 0.0001 ? Number((100 * share).toPrecision(2)) : Number((100 * share).toFixed(2));
  return `${digits} %`;
}
