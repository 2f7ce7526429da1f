import { literalPattern } from './literal-pattern.js';
import { tellingLength } from './secret.js';

/** What stands in the place of what is hidden. */
export const hiddenText = '***';

/**
 * The text with every secret replaced, also where quotes or backslashes in it are doubled, as in a quoted literal. Short ones
 * only where they are no part of a longer word: a secret "1" is not in "column 12".
 */
export function hideSecrets(text: string, secrets: readonly string[]): string {
  const forms = secrets.flatMap((secret) => {
    const quoted = secret.replaceAll("'", "''");
    return [secret, quoted, quoted.replaceAll('\\', '\\\\')];
  });
  const longestFirst = [...new Set(forms)].filter((form) => form !== '').sort((a, b) => b.length - a.length);
  return longestFirst.reduce((rest, form) => rest.replaceAll(occurrences(form), hiddenText), text);
}

function occurrences(form: string): RegExp | string {
  if (form.length >= tellingLength) return form;
  return new RegExp(`(?<![\\p{L}\\p{N}_])${literalPattern(form)}(?![\\p{L}\\p{N}_])`, 'gu');
}
