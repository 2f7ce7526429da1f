import { secretKeyVariables, variableOf } from '../../core/variables.js';
import { undecodable } from './encoding.js';
import { inexactNumber } from './leaves.js';
import { nearest, type Problem, shown } from './problems.js';
import { definitionOf, type OptionKey, optionKeys } from './table.js';
import { splitVariable } from './variable-items.js';

/** A value as it was given, and where. */
export interface Given {
  readonly raw: unknown;
  /** How messages name the place: `--lanes`, `lanes (tidemark.yaml, line 3, column 8)`, `TIDEMARK_LANES`. */
  readonly label: string;
  /** Folder that a relative path starts from; undefined: the working folder. */
  readonly base?: string;
  /** What is wrong with it before it is looked at as a value of its option. */
  readonly fault?: Problem | undefined;
}

/** What one place gives. */
export type Layer = ReadonlyMap<OptionKey, Given>;

export function isOptionKey(name: string): name is OptionKey {
  return (optionKeys as string[]).includes(name);
}

/** The library's name of an option: `shard-size` → `shardSize`. */
export function camelCase(key: string): string {
  return key.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/**
 * Flags, by kebab-case name, with all the values that each was given; the command line has refused unknown ones. An empty one
 * counts as not given: it is what a pipeline passes on of a parameter that was left empty.
 */
export function flagLayer(flags: Readonly<Partial<Record<OptionKey, unknown>>>, problems: Problem[]): Layer {
  const layer = new Map<OptionKey, Given>();
  for (const key of optionKeys) {
    const given = notEmpty(flags[key]);
    if (given === undefined) continue;
    const { negated, repeats, secret } = definitionOf(key);
    const label = `--${negated ? 'no-' : ''}${key}`;
    const several = Array.isArray(given) && repeats === undefined;
    if (several && given.length > 1) {
      problems.push({
        code: 'request.invalid',
        message: secret
          ? `${label} is given ${given.length} times`
          : `${label} is given ${given.length} times: ${given.map(shown).join(', ')}`,
        hint: `Give ${label} once.`,
      });
    }
    layer.set(key, { raw: several ? (given[0] as unknown) : given, label, fault: flagFault([given].flat(), label) });
  }
  return layer;
}

function notEmpty(given: unknown): unknown {
  if (!Array.isArray(given)) return given === '' ? undefined : given;
  const values = given.filter((value) => value !== '');
  return values.length === 0 ? undefined : values;
}

function flagFault(values: readonly unknown[], label: string): Problem | undefined {
  return values
    .map((value, index) => {
      const which = values.length === 1 ? label : `${label} (number ${index + 1})`;
      return typeof value === 'string' ? undecodable(value, which) : undefined;
    })
    .find((fault) => fault !== undefined);
}

/** The library's options, by camelCase name. */
export function libraryLayer(given: object, problems: Problem[]): Layer {
  const layer = new Map<OptionKey, Given>();
  const keys = new Map(optionKeys.map((key) => [camelCase(key), key]));
  for (const [name, raw] of Object.entries(given)) {
    const key = keys.get(name);
    if (key !== undefined) {
      const fault = definitionOf(key).keepsText === undefined ? undefined : inexactNumber(raw, name);
      if (raw !== undefined) layer.set(key, { raw, label: name, fault });
      continue;
    }
    const meant = [...keys.keys()].find((known) => known.toLowerCase() === name.toLowerCase().replaceAll(/[-_]/g, ''));
    const guess = meant ?? nearest(name, [...keys.keys()]);
    problems.push({
      code: 'request.unknown-key',
      message: `unknown option "${name}"`,
      hint: guess === undefined ? undefined : `Did you mean "${guess}"?`,
    });
  }
  return layer;
}

/** Variables `TIDEMARK_<OPTION>`; an empty one counts as not set. */
export function environmentLayer(env: NodeJS.ProcessEnv): Layer {
  const layer = new Map<OptionKey, Given>();
  for (const key of optionKeys) {
    const { variable, repeats, keepsText } = definitionOf(key);
    const label = [variableOf(key), variable].find((name) => name !== undefined && (env[name] ?? '') !== '');
    if (label === undefined) continue;
    const value = env[label]!;
    const fault = undecodable(value, label);
    const items = repeats === undefined ? { raw: value } : splitVariable(value, label, repeats, keepsText);
    layer.set(key, { label, ...items, ...(fault && { fault }) });
  }
  if ((env['NO_COLOR'] ?? '') !== '' && !layer.has('color')) layer.set('color', { raw: false, label: 'NO_COLOR' });
  return layer;
}

/** A warning for every variable that looks like a misspelt one of ours. */
export function suspiciousVariables(env: NodeJS.ProcessEnv): string[] {
  const known = optionKeys.map(variableOf);
  return Object.keys(env)
    .filter((name) => name.startsWith('TIDEMARK_') && !name.startsWith('TIDEMARK_PARAM_'))
    .filter((name) => !known.includes(name) && name !== 'TIDEMARK_DEBUG' && !secretKeyVariables.includes(name))
    .flatMap((name) => {
      const guess = nearest(name.slice('TIDEMARK_'.length), optionKeys);
      return guess === undefined ? [] : [`The variable ${name} is not known. Did you mean ${variableOf(guess)}?`];
    });
}
