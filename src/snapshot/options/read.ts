import { existsSync } from 'node:fs';
import path from 'node:path';
import { readConfigFile } from './config-file.js';
import { environmentLayer, flagLayer, type Given, type Layer, libraryLayer, suspiciousVariables } from './layers.js';
import type { Problem } from './problems.js';
import type { OptionKey, OptionValues } from './table.js';
import { validate } from './validate.js';

/** All that option resolution may look at outside of the options themselves. */
export interface OptionContext {
  readonly env: NodeJS.ProcessEnv;
  /** Absolute path of the working folder. */
  readonly cwd: string;
  /** Absolute path of the home folder. */
  readonly home: string;
  readonly now: Date;
  /** A number in [0, 1), for the run's random name. */
  readonly random: () => number;
}

/** The file that is read when none is named. */
export const defaultConfigFile = 'tidemark.yaml';

/** Options as they are given: flags by kebab-case name or the library's by camelCase name, and a YAML file. */
export interface OptionInput {
  readonly flags?: Readonly<Partial<Record<OptionKey, unknown>>>;
  readonly library?: object;
  /** A YAML file; `false`: none, not even `tidemark.yaml` in the working folder. */
  readonly configFile?: string | false | undefined;
  /** Only these options count; undefined: all. */
  readonly only?: readonly OptionKey[];
}

/** Options checked one by one and merged. What is wrong is told, not thrown, so that `json` is known when it is reported. */
export interface OptionSet {
  readonly values: OptionValues;
  /** Where each value came from. */
  readonly origins: ReadonlyMap<OptionKey, Given>;
  readonly problems: readonly Problem[];
  readonly warnings: readonly string[];
  /** The YAML file that was read. */
  readonly configFile: string | undefined;
}

/**
 * Reads the options of a run: flags or library options before YAML before environment.
 * @throws request.invalid when the YAML file cannot be read
 */
export async function readOptions(input: OptionInput, context: OptionContext): Promise<OptionSet> {
  const problems: Problem[] = [];
  const configFile = input.configFile === false ? undefined : (input.configFile ?? standardFile(context.cwd));
  const layers: Layer[] = [
    flagLayer(input.flags ?? {}, problems),
    libraryLayer(input.library ?? {}, problems),
    configFile === undefined ? new Map() : await readConfigFile(configFile, context.cwd, problems),
    environmentLayer(context.env),
  ];
  const { values, origins } = validate(
    input.only ? layers.map((layer) => restrict(layer, input.only!)) : layers,
    problems,
  );
  return { values, origins, problems, warnings: suspiciousVariables(context.env), configFile };
}

function restrict(layer: Layer, keys: readonly OptionKey[]): Layer {
  return new Map([...layer].filter(([key]) => keys.includes(key)));
}

function standardFile(cwd: string): string | undefined {
  return existsSync(path.join(cwd, defaultConfigFile)) ? defaultConfigFile : undefined;
}
