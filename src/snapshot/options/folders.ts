import path from 'node:path';
import { schemeOf } from '../../core/url-scheme.js';
import { valohaiOutputs } from '../../manifest/platform.js';
import { type RegistrationSettings, registrationSettings } from '../../registration/settings.js';
import { orProblem, type Problem } from './problems.js';
import type { OptionContext, OptionSet } from './read.js';

/** Where versions go, in full. */
export function resolveOut({ values, origins }: OptionSet, { cwd, env }: OptionContext): string {
  const { out } = values;
  if (out === undefined) return path.resolve(cwd, valohaiOutputs(env) ?? 'outputs');
  return absolute(out, origins.get('out')?.base ?? cwd);
}

/** Where versions are registered; undefined: nowhere. */
export function resolveRegister(
  set: OptionSet,
  context: OptionContext,
  problems: Problem[],
): RegistrationSettings | undefined {
  if (set.values.register !== true) return undefined;
  const out = resolveOut(set, context);
  if (schemeOf(out) !== undefined) return orProblem(problems, () => registrationSettings(context.env));
  problems.push({
    code: 'request.invalid',
    message: `register: goes with a bucket, and the version goes to ${out}`,
    hint: 'Give --out s3://<bucket>/<prefix>, of a bucket that is a store of the project; or leave it out: what lies in the outputs of an execution Valohai registers by itself.',
  });
  return undefined;
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
