import path from 'node:path';
import { schemeOf } from '../../core/url-scheme.js';
import { valohaiOutputs } from '../../manifest/platform.js';
import type { OptionContext, OptionSet } from './read.js';

/** Where versions go, in full. */
export function resolveOut({ values, origins }: OptionSet, { cwd, env }: OptionContext): string {
  const { out } = values;
  if (out === undefined) return path.resolve(cwd, valohaiOutputs(env) ?? 'outputs');
  return absolute(out, origins.get('out')?.base ?? cwd);
}

/** A folder's path is relative to the file that gives it. */
export function resolveScratch({ values, origins }: OptionSet, { cwd }: OptionContext): string | undefined {
  const { scratch } = values;
  return scratch === undefined ? undefined : path.resolve(origins.get('scratch')?.base ?? cwd, scratch);
}

/** The path of a folder in full; a URL is that already. */
export function absolute(location: string, base: string): string {
  return schemeOf(location) === undefined ? path.resolve(base, location) : location;
}
