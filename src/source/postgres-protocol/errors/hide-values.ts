import { hiddenText } from '../../../core/hide-secrets.js';

/** `0xe2 0x28`, of texts in another encoding. */
const bytesInHex = /\b0x[\da-f]{2}(?: 0x[\da-f]{2})*\b/gi;

/**
 * What the server says of a value (SQLSTATE class 22), without the value: it may have been computed from a secret. What it
 * quotes of the query itself stays.
 * @param query as the user wrote it, with names in place of parameters
 */
export function hideQuotedValues(text: string, query: string): string {
  return hideOutermostQuoted(text, query).replaceAll(bytesInHex, hiddenText);
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
  return `${text.slice(0, first)}"${hiddenText}${kept}${text.slice(last)}`;
}

/** A text in which a value may stand anywhere. */
export const hideEverything = (text: string): string => (text === '' ? '' : hiddenText);

/** Why something is not shown; empty where nothing was hidden. */
export function whyHidden(before: string, after: string, what: string): string {
  return before === after ? '' : ` (${hiddenText} stands where ${what} may be)`;
}
