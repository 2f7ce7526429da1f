import * as z from 'zod';
import type { OptionDefinition } from './definition.js';
import { expectationsFault, textValue } from './expecting-kinds.js';
import type { Given, Layer } from './layers.js';
import { illFormedText, unheldName } from './leaves.js';
import { nearest, type Problem, shown } from './problems.js';
import { tablesFault, tablesValue } from './table-options.js';
import { definitionOf, type OptionKey, optionKeys, type OptionValues } from './table.js';

/** What is read is said by one of these; a nearer layer's choice replaces a farther one's. */
const exclusive: readonly OptionKey[] = ['table', 'tables', 'query', 'query-file'];

export interface Validated {
  readonly values: OptionValues;
  /** Where each value came from. */
  readonly origins: ReadonlyMap<OptionKey, Given>;
}

/** Checks the options of all layers, the nearest first, and merges them. What is wrong goes to `problems`. */
export function validate(layers: readonly Layer[], problems: Problem[]): Validated {
  const values: Partial<Record<OptionKey, unknown>> = {};
  const origins = new Map<OptionKey, Given>();
  const chosen = choose(layers, problems);
  for (const key of optionKeys) {
    const definition = definitionOf(key);
    const given = layers.flatMap((layer) => layer.get(key) ?? []);
    if (given.length === 0 || (exclusive.includes(key) && key !== chosen)) continue;
    origins.set(key, given[0]!);
    const used = definition.repeats === 'map' ? given : given.slice(0, 1);
    const parsed = used.map((one) => parse(key, definition, one, problems));
    values[key] = definition.repeats === 'map' ? Object.assign({}, ...parsed.reverse()) : parsed[0];
  }
  return { values: values as OptionValues, origins };
}

function parse(key: OptionKey, definition: OptionDefinition, given: Given, problems: Problem[]): unknown {
  const fault = given.fault ?? illFormedText(given.raw, given.label) ?? unheld(key, definition, given);
  if (fault !== undefined) {
    problems.push(fault);
    return undefined;
  }
  const result = definition.schema.safeParse(given.raw);
  if (result.success) return result.data;
  const repeated = repeatedKey(result.error.issues);
  if (repeated !== undefined) {
    problems.push({
      code: 'request.invalid',
      message: `${given.label}: ${repeated} is given twice`,
      hint: `Give ${repeated} once.`,
    });
    return undefined;
  }
  const inside = insideFault(key, given.raw);
  if (inside !== undefined) {
    problems.push({ code: 'request.invalid', message: `${given.label}: ${inside.message}`, hint: inside.hint });
    return undefined;
  }
  const value = definition.secret ? 'the value' : shown(given.raw);
  problems.push({
    code: 'request.invalid',
    message: `${given.label}: ${value} is not allowed (allowed: ${definition.allowed})`,
    hint: advise(key, definition, given),
  });
  return undefined;
}

/** What is wrong inside of a value that has parts. */
function insideFault(key: OptionKey, given: unknown): { readonly message: string; readonly hint: string } | undefined {
  if (key === 'expect' || key === 'expect-warn') return expectationsFault(given);
  const message = key === 'tables' ? tablesFault(given) : undefined;
  return message === undefined ? undefined : { message, hint: 'docs/command-line.md shows an example.' };
}

/** Maps alone have names that are the user's own; a list may be given as one, and options with parts have them inside. */
function unheld(key: OptionKey, { repeats }: OptionDefinition, { raw, label }: Given): Problem | undefined {
  if (key === 'expect' || key === 'expect-warn') {
    return unheldName(typeof raw === 'string' ? textValue(raw) : raw, label, () => false);
  }
  if (key === 'tables') {
    return unheldName(typeof raw === 'string' ? tablesValue(raw) : raw, label, ([, own]) => isMap(own));
  }
  const mapped = repeats === 'map' || (repeats === 'list' && typeof raw === 'object' && !Array.isArray(raw));
  return mapped ? unheldName(raw, label, (path) => isItemOf(raw, path)) : undefined;
}

/** Options of one table that are maps. */
const isMap = (key: string | undefined): boolean => key === 'cast' || key === 'mask';

/** Texts, alone or in a list, are items of the map; those in a map of JavaScript are values. */
const isItemOf = (raw: unknown, path: readonly string[]): boolean => path.length === 0 || Array.isArray(raw);

/** The key of a map that was given twice. */
function repeatedKey(issues: readonly z.core.$ZodIssue[]): string | undefined {
  for (const issue of issues) {
    if (issue.code === 'custom' && issue.params?.['repeated'] !== undefined) return String(issue.params['repeated']);
    const below = issue.code === 'invalid_union' ? repeatedKey(issue.errors.flat()) : undefined;
    if (below !== undefined) return below;
  }
  return undefined;
}

function advise(key: OptionKey, definition: OptionDefinition, given: Given): string {
  const written = typeof given.raw === 'number' ? String(given.raw) : given.raw;
  const advice = typeof written === 'string' ? definition.advise?.(written) : undefined;
  if (advice !== undefined) return advice;
  if (definition.schema instanceof z.ZodEnum && typeof given.raw === 'string') {
    const guess = nearest(given.raw, definition.schema.options.map(String));
    if (guess !== undefined) return `Did you mean "${guess}"?`;
  }
  return definition.default === undefined
    ? `\`tidemark snapshot --help\` explains ${key}.`
    : `Leave ${key} out for its default: ${definition.default}.`;
}

function choose(layers: readonly Layer[], problems: Problem[]): OptionKey | undefined {
  for (const layer of layers) {
    const [first, ...others] = exclusive.filter((key) => layer.has(key));
    if (first === undefined) continue;
    if (others.length > 0) {
      const labels = [first, ...others].map((key) => layer.get(key)!.label);
      problems.push({
        code: 'request.invalid',
        message: `${labels.join(' and ')} exclude each other`,
        hint: 'Give one of table, tables, query and query-file.',
      });
    }
    return first;
  }
  return undefined;
}
