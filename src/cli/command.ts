import type { OptionContext, OptionKey, OptionSet } from '../snapshot/options.js';
import type { Terminal } from './terminal.js';

/** What the user asked for: a command, its argument, and the flags that were given. */
export interface Invocation {
  readonly command:
    | 'snapshot'
    | 'plan'
    | 'bench'
    | 'verify'
    | 'diff'
    | 'find'
    | 'show'
    | 'adopt'
    | 'compact'
    | 'delta'
    | 'register'
    | 'demo';
  /** The YAML file of `snapshot`, `plan` and `bench`, the LOCATION of `verify`, `show`, the first one of `diff` and `find`, that of `adopt`, `compact`, `delta` and `register`. */
  readonly argument: string | undefined;
  /** Further LOCATIONs of `diff` and `find`. */
  readonly more?: readonly string[];
  /** Options of the table, by kebab-case name. */
  readonly flags: Readonly<Partial<Record<OptionKey, unknown>>>;
  /** Flags that only this command has, by camelCase name. */
  readonly own: Readonly<Record<string, unknown>>;
}

/** What a command is given. */
export interface CommandRun {
  readonly invocation: Invocation;
  readonly options: OptionSet;
  readonly context: OptionContext;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

/** A command returns its exit code, or throws. */
export type CommandFunction = (run: CommandRun) => Promise<number>;
