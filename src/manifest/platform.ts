import { readFileSync } from 'node:fs';
import { join } from 'node:path';
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
  const execution = readExecution(file, readFile);
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

function readExecution(file: string, readFile: (path: string) => string): Readonly<Record<string, unknown>> {
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
