import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { tableRows } from '../support/markdown-table.js';
import type { StepDefinition } from './step.js';

const root = new URL('../../', import.meta.url).pathname;
const textOf = (path: string): string => readFileSync(join(root, path), 'utf8');

/** Variables that a page about a database has for Valohai, by name: whether they are to be secret there. */
export function variablesOfPage(page: string): ReadonlyMap<string, boolean> {
  const rows = tableRows(textOf(page), 'variable | value | Secret in Valohai');
  return new Map(
    rows.flatMap(([names, , secret]) =>
      names!
        .replaceAll('`', '')
        .split(', ')
        .map((name) => [name, secret !== 'no'] as const),
    ),
  );
}

/** The environment variables of all steps of a `valohai.yaml`. */
export function variablesOfSteps(path: string): readonly { readonly name: string; readonly default?: unknown }[] {
  const items = parse(textOf(path)) as { readonly step?: StepDefinition }[];
  return items.flatMap(({ step }) => step?.['environment-variables'] ?? []);
}
