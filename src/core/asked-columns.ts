import { closest } from 'fastest-levenshtein';
import { invalidRequest } from './errors.js';
import { inLine } from './in-line.js';
import type { TablePlan } from './source.js';
import type { SourceRequest } from './source-request.js';

/** Checks that every column named in the request is a column of some table. @throws request.invalid with the nearest name */
export function checkColumnNames(request: SourceRequest, plans: readonly TablePlan[]): void {
  const known = plans.flatMap((plan) => plan.columns.filter(({ hidden }) => !hidden).map((column) => column.name));
  const asked = request.tables.flatMap(({ casts, redacted }) => [
    ...Object.keys(casts).map((name) => ['cast', name] as const),
    ...redacted.map((name) => ['redact-stats', name] as const),
  ]);
  for (const [key, name] of asked) {
    if (known.includes(name)) continue;
    throw invalidRequest(
      `${key}: there is no column "${inLine(name)}"`,
      `Nearest: "${inLine(closest(name, known))}". Columns: ${known.slice(0, 20).map(inLine).join(', ')}${known.length > 20 ? ', …' : ''}.`,
    );
  }
}
