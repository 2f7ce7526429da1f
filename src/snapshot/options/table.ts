import type * as z from 'zod';
import type { OptionDefinition } from './definition.js';
import { expecting } from './expecting.js';
import { incremental } from './incremental.js';
import { naming } from './naming.js';
import { reading } from './reading.js';
import { splitting } from './splitting.js';
import { staging } from './staging.js';
import { bills, moments } from './warehouse.js';
import { budgets, output, writing } from './writing.js';

/** Every option of `snapshot` and `plan`, by its name in kebab-case. */
export const options = {
  ...reading,
  ...moments,
  ...staging,
  ...naming,
  ...incremental,
  ...splitting,
  ...expecting,
  ...writing,
  ...budgets,
  ...bills,
  ...output,
};

export type OptionKey = keyof typeof options;

/** Option values after validation, by kebab-case name. */
export type OptionValues = { readonly [K in OptionKey]?: z.output<(typeof options)[K]['schema']> };

export const optionKeys = Object.keys(options) as OptionKey[];

/** The definition of a key, without the schema's own type. */
export function definitionOf(key: OptionKey): OptionDefinition {
  return options[key];
}

export type CamelCase<K extends string> = K extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : K;

/** The options of the library: the names of the flags in camelCase, texts as in flags or types of their own. */
export type SnapshotOptions = {
  readonly [K in Exclude<OptionKey, 'json' | 'quiet' | 'color'> as CamelCase<K>]?:
    z.input<(typeof options)[K]['schema']> | undefined;
};
