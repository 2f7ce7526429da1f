import { stringify } from 'yaml';
import { formatCount } from '../core/units.js';
import type { ProposedRules } from '../expectation/profile/index.js';
import type { TableProfile } from '../snapshot/profile.js';

/** What tables are like as options of a YAML file: `expect` of one table, or of each of several. */
export function profileYaml(profiles: readonly TableProfile[]): string {
  const [only] = profiles;
  if (profiles.length === 1 && only !== undefined) return `${expectLines(only, '').join('\n')}\n`;
  const tables = profiles.flatMap((profile) => {
    const { name, table, query } = profile;
    const source = flow(table === undefined ? { query } : { table }).slice(2, -2);
    return [`  ${flow(name)}:`, `    ${source}`, ...expectLines(profile, '    ')];
  });
  return ['tables:', ...tables, ''].join('\n');
}

function expectLines({ sampled, rows, unique, columns }: TableProfile, indent: string): readonly string[] {
  const line = (depth: number, key: string, { rules, why }: ProposedRules): string =>
    `${indent}${'  '.repeat(depth)}${flow(key)}: ${flow(rules)}${why === '' ? '' : ` # ${why}`}`;
  const lines = [
    `${indent}# From a sample of ${formatCount(sampled)} rows: what they keep, not what they must.`,
    `${indent}expect:`,
    ...(rows === undefined ? [] : [line(1, 'rows', rows)]),
    ...(unique.length === 0 ? [] : [`${indent}  unique: ${flow(unique)}`]),
  ];
  const entries = Object.entries(columns).map(([name, proposed]) => line(2, name, proposed));
  return entries.length === 0 ? lines : [...lines, `${indent}  columns:`, ...entries];
}

/** On one line, as YAML; what a terminal would obey, or nobody sees, is escaped. */
function flow(value: unknown): string {
  const text = stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trimEnd();
  return unseen.test(text) ? JSON.stringify(value).replaceAll(new RegExp(unseen, 'gu'), escaped) : text;
}

const unseen = /\p{C}/u;

/** As YAML and JSON have it, by UTF-16 units. */
const escaped = (character: string): string =>
  [...Array(character.length).keys()]
    .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
    .join('');
