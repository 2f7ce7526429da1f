import { tellingLength } from '../../../core/secret.js';

const mask = '***';

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
  return longestFirst.reduce((rest, form) => rest.replaceAll(occurrences(form), mask), text);
}

function occurrences(form: string): RegExp | string {
  if (form.length >= tellingLength) return form;
  const literal = form.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  return new RegExp(`(?<![\\p{L}\\p{N}_])${literal}(?![\\p{L}\\p{N}_])`, 'gu');
}

/** `0xe2 0x28`, of texts in another encoding. */
const bytesInHex = /\b0x[\da-f]{2}(?: 0x[\da-f]{2})*\b/gi;

/**
 * What the server says of a value (SQLSTATE class 22), without the value: it may have been computed from a secret. What it
 * quotes of the query itself stays.
 * @param query as the user wrote it, with names in place of parameters
 */
export function hideQuotedValues(text: string, query: string): string {
  return hideOutermostQuoted(text, query).replaceAll(bytesInHex, mask);
}

function hideOutermostQuoted(text: string, query: string): string {
  const first = text.indexOf('"');
  const last = text.lastIndexOf('"');
  if (first === last) return text;
  // A value may hold quotation marks itself, so that only the outermost ones are sure.
  const quoted = text.slice(first + 1, last);
  if (quoted !== '' && query.includes(quoted)) return text;
  const format = /" for "([^"]+)$/.exec(quoted);
  const kept = format && query.includes(format[1]!) ? format[0] : '';
  return `${text.slice(0, first)}"${mask}${kept}${text.slice(last)}`;
}

/** A text in which a value may stand anywhere. */
export const hideEverything = (text: string): string => (text === '' ? '' : mask);

/** Why something is not shown; empty where nothing was hidden. */
export function whyHidden(before: string, after: string, what: string): string {
  return before === after ? '' : ` (${mask} stands where ${what} may be)`;
}
