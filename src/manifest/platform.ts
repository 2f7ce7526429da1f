import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { schemeOf } from '../core/url-scheme.js';
import type { Lineage } from './shape-run.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Environment variables that name the execution, by the lineage's key. */
const variables = {
  'job-id': 'VH_JOB_ID',
  'execution-id': 'VH_EXECUTION_ID',
  'project-id': 'VH_PROJECT_ID',
  'task-id': 'VH_TASK_ID',
  'pipeline-id': 'VH_PIPELINE_ID',
  'pipeline-node-id': 'VH_PIPELINE_NODE_ID',
} as const;

/** Keys of `execution.json`, which all begin with `valohai.`, that become the lineage's. */
const facts = [
  'execution-id',
  'execution-counter',
  'execution-title',
  'execution-step',
  'execution-image',
  'execution-ctime',
  'execution-tags',
  'project-id',
  'project-name',
  'commit-identifier',
] as const;

/** Whether this process runs in a Valohai execution. */
export function inValohai(env: Environment): boolean {
  return given(env['VH_JOB_ID']) !== undefined;
}

/** Valohai's outputs folder; undefined outside an execution. */
export function valohaiOutputs(env: Environment): string | undefined {
  return inValohai(env) ? (given(env['VH_OUTPUTS_DIR']) ?? '/valohai/outputs') : undefined;
}

/** Whether what is written there is uploaded by the platform when the execution ends. */
export function areCollected(folder: string, env: Environment): boolean {
  const outputs = valohaiOutputs(env);
  return outputs !== undefined && schemeOf(folder) === undefined && !relative(outputs, folder).startsWith('..');
}

/** What the platform says of an input. */
export interface PlatformInput {
  /** The location is that of an input: an optional one may have no file. */
  readonly emptyInput: boolean;
  /** Names of all inputs. */
  readonly inputs: readonly string[];
}

/**
 * Whether a location is that of an input, and may therefore hold nothing: its folder is there, or `inputs.json` in the
 * configuration folder names it. A misspelt name is neither.
 */
export function valohaiInput(location: string, env: Environment): PlatformInput {
  if (!inValohai(env)) return { emptyInput: false, inputs: [] };
  const way = relative(given(env['VH_INPUTS_DIR']) ?? '/valohai/inputs', location);
  const file = join(given(env['VH_CONFIG_DIR']) ?? '/valohai/config', 'inputs.json');
  const inputs = readObject(file, (path) => readFileSync(path, 'utf8'));
  const input = inputs[way] as { files?: unknown } | undefined;
  const isNamed = Array.isArray(input?.files) && input.files.length === 0;
  return {
    emptyInput: isNamed || (/^(?!\.\.?$)[^/\\]+$/.test(way) && existsSync(location)),
    inputs: Object.keys(inputs),
  };
}

/**
 * Where the run happens, from the environment and `execution.json` in the configuration folder; undefined outside an
 * execution. What cannot be read is left out: lineage never stops a run.
 */
export function valohaiLineage(
  env: Environment,
  readFile: (path: string) => string = (path) => readFileSync(path, 'utf8'),
): Lineage | undefined {
  if (!inValohai(env)) return undefined;
  const file = join(given(env['VH_CONFIG_DIR']) ?? '/valohai/config', 'execution.json');
  const execution = readObject(file, readFile);
  const lineage: Record<string, string | readonly string[]> = {};
  for (const [key, variable] of Object.entries(variables)) {
    const value = given(env[variable]);
    if (value !== undefined) lineage[key] = value;
  }
  for (const key of facts) {
    const value = execution[`valohai.${key}`];
    if (Array.isArray(value)) lineage[key] = value.map(text);
    else if (typeof value === 'string' || typeof value === 'number') lineage[key] = text(value);
  }
  return { platform: 'valohai', ...lineage };
}

/** A JSON object; one without anything where it cannot be read. */
function readObject(file: string, readFile: (path: string) => string): Readonly<Record<string, unknown>> {
  try {
    const content: unknown = JSON.parse(readFile(file));
    return typeof content === 'object' && content !== null ? (content as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** JSON may hold half a surrogate pair, which the manifest may not. */
function text(value: unknown): string {
  return Buffer.from(String(value)).toString();
}

function given(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
