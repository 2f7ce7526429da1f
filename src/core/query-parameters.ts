import { closest } from 'fastest-levenshtein';
import { TidemarkError } from './errors.js';
import type { Parameter } from './source-request.js';

/** The user's SQL, taken apart at its parameters: `texts[0] parameter[0] texts[1] …`. */
export interface QueryText {
  readonly texts: readonly string[];
  /** Names, in order of appearance. */
  readonly parameters: readonly string[];
}

/** Parameters with this name may be given to every query: it is the run's date. */
const alwaysGiven = 'date';

/** @param sign what stands before a name in the query @throws request.invalid for a parameter that is missing, given twice, or used by no query */
export function checkParameters(queries: readonly QueryText[], given: readonly Parameter[], sign = ':'): void {
  const names = given.map((parameter) => parameter.name);
  const used = new Set(queries.flatMap((query) => query.parameters));
  for (const name of used) {
    if (names.includes(name)) continue;
    const own = names.filter((one) => one !== alwaysGiven);
    const near = own.length === 0 ? '' : ` (given: ${own.join(', ')}; did you mean ${sign}${closest(name, own)}?)`;
    throw new TidemarkError('request.invalid', `param: the query uses ${sign}${name}, and no such parameter is given`, {
      hint: `Give it: --param ${name}=…${near}`,
    });
  }
  const unused = names.find((name) => !used.has(name) && name !== alwaysGiven);
  if (unused !== undefined) {
    const hint =
      used.size === 0
        ? `The query uses none: write ${sign}name where the value belongs.`
        : `Used: ${[...used].join(', ')}; did you mean ${closest(unused, [...used])}?`;
    throw new TidemarkError('request.invalid', `param: "${unused}" is given, but no query uses ${sign}${unused}`, {
      hint,
    });
  }
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new TidemarkError('request.invalid', `param: "${twice}" is given twice`);
}
