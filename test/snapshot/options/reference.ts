import { definitionOf, type OptionKey, optionKeys } from '../../../src/snapshot/options/table.js';

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll(/<([^>]*)>/g, '‹$1›');

/** The options as a Markdown table for each group, for docs/command-line.md. */
export function optionReference(): string {
  const groups = [...new Set(optionKeys.map((key) => definitionOf(key).group))];
  return groups
    .map((group) => {
      const rows = optionKeys.filter((key) => definitionOf(key).group === group).map(row);
      return [`### ${group}`, '', '| flag | meaning | allowed | default |', '| --- | --- | --- | --- |', ...rows].join(
        '\n',
      );
    })
    .join('\n\n');
}

function row(key: OptionKey): string {
  const { value, negated, help, allowed, default: standard, repeats } = definitionOf(key);
  const flag = `\`--${negated ? 'no-' : ''}${key}${value === undefined ? '' : ` ${value}`}\``;
  const meaning = repeats === undefined ? help : `${help} (repeatable)`;
  return `| ${flag} | ${cell(meaning)} | ${value === undefined ? '' : cell(allowed)} | ${cell(standard ?? '')} |`;
}
