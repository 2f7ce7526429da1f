import { closest, distance } from 'fastest-levenshtein';
import { TidemarkError } from '../../core/errors.js';
import { schemeOf } from '../../core/url-scheme.js';

/** One thing that is wrong with the request. Several are shown together. */
export interface Problem {
  readonly code: 'request.invalid' | 'request.unknown-key';
  readonly message: string;
  readonly hint?: string | undefined;
}

/** The problems as one error. */
export function problemsError(problems: readonly Problem[]): TidemarkError {
  const hints = [...new Set(problems.flatMap((problem) => problem.hint ?? []))];
  const only = problems.length === 1 ? problems[0] : undefined;
  const code = problems.every((problem) => problem.code === 'request.unknown-key')
    ? 'request.unknown-key'
    : 'request.invalid';
  const message = only
    ? only.message
    : [`${problems.length} settings are wrong:`, ...problems.map((problem) => `  ${problem.message}`)].join('\n');
  return new TidemarkError(code, message, hints.length === 0 ? {} : { hint: hints.join('\n') });
}

/** The candidate that was probably meant; undefined where none is near. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  if (candidates.length === 0) return undefined;
  const plain = name.toLowerCase().replaceAll('_', '-');
  const candidate = closest(plain, candidates);
  const allowed = plain.length <= 3 ? 1 : Math.max(2, Math.floor(plain.length * 0.4));
  return distance(plain, candidate) <= allowed ? candidate : undefined;
}

/** A value as a message shows it: short, quoted. */
export function shown(value: unknown): string {
  // An address that was signed, or has a password in it, is as good as what it opens.
  if (typeof value === 'string' && /[?@]/.test(value) && schemeOf(value) !== undefined)
    return `"${schemeOf(value)}://…"`;
  const json = jsonOf(value) ?? String(value);
  return json.length > 80 ? `${json.slice(0, 77)}…` : json;
}

/** Undefined for what JSON has no form for: the library may be given anything. */
function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

/** What `decide` gives; undefined after an error of ours, which joins the other problems. */
export function orProblem<T>(problems: Problem[], decide: () => T): T | undefined {
  try {
    return decide();
  } catch (thrown) {
    noteProblem(problems, thrown);
    return undefined;
  }
}

/** Notes an error of the request's; throws what is none. */
export function noteProblem(problems: Problem[], thrown: unknown): void {
  if (!(thrown instanceof TidemarkError)) throw thrown;
  problems.push({ code: 'request.invalid', message: thrown.message, hint: thrown.hint });
}
