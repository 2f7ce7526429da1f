import type * as z from 'zod';

export type OptionGroup =
  | 'What to read'
  | 'The dataset version'
  | 'Increments'
  | 'Splits and partitions'
  | 'What rows are expected to be'
  | 'How to write'
  | 'Budgets'
  | 'Output';

/** Scalars of YAML and JSON that an option takes as the text that they are written as. */
export interface KeptText {
  /** `all` numbers and booleans, or only numbers that are `inexact`: JSON would write them as another text. */
  readonly scalars: 'all' | 'inexact';
  /** The key inside of an item whose value stays what it is. */
  readonly except?: string;
}

/** One option, defined once: flag, YAML key, environment variable, library option, JSON Schema and documentation come from it. */
export interface OptionDefinition<S extends z.ZodType = z.ZodType> {
  readonly schema: S;
  readonly group: OptionGroup;
  /** What stands after the flag in help texts: `<size>`; absent for flags that take no value. */
  readonly value?: string;
  /** One sentence for people, without a full stop. */
  readonly help: string;
  /** What is allowed, for messages: follows "allowed: ". */
  readonly allowed: string;
  /** The default in words. Absent: none. */
  readonly default?: string;
  /** The flag may be given several times. A map is merged over flags, YAML and environment; a list is replaced. */
  readonly repeats?: 'list' | 'map';
  /** YAML and JSON give text where JavaScript would make another number of it. Absent: values as JavaScript reads them. */
  readonly keepsText?: KeptText;
  /** The value may hold a secret: it is never shown in a message. */
  readonly secret?: true;
  /** The flag is `--no-<key>`: the option is on unless it is given. */
  readonly negated?: true;
  /** Another environment variable that gives the value where TIDEMARK_<KEY> does not. */
  readonly variable?: string;
  /** The version depends on it, so it stands in the command that makes the version again. */
  readonly reproduces?: true;
  /** What to do about this wrong value, if there is something better to say than `allowed`. */
  readonly advise?: (value: string) => string | undefined;
}

/** Keeps the schema's type while it checks the rest. */
export function define<S extends z.ZodType>(definition: OptionDefinition<S>): OptionDefinition<S> {
  return definition;
}
