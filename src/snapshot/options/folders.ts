import path from 'node:path';
import { valohaiOutputs } from '../../manifest/platform.js';
import type { OptionContext, OptionSet } from './read.js';

/** The outputs folder, in full. */
export function resolveOut(set: OptionSet, context: OptionContext): string {
  return resolveFolder('out', set, context) ?? path.resolve(context.cwd, valohaiOutputs(context.env) ?? 'outputs');
}

/** A folder's path is relative to the file that gives it. */
export function resolveFolder(
  key: 'out' | 'scratch',
  { values, origins }: OptionSet,
  { cwd }: OptionContext,
): string | undefined {
  const given = values[key];
  return given === undefined ? undefined : path.resolve(origins.get(key)?.base ?? cwd, given);
}
