import { parseDocument } from 'yaml';
import type { KeptText } from './definition.js';
import { itemsIn, pairsIn } from './names.js';
import type { Problem } from './problems.js';
import { isSameKey, writtenValues } from './written.js';

/** What a variable holds, or what is wrong with it. */
export type VariableItems = { readonly raw: unknown } | { readonly raw: undefined; readonly fault: Problem };

/** Lists and maps in one variable: JSON, or items after commas (in maps only where the next `key=` begins). */
export function splitVariable(
  value: string,
  label: string,
  repeats: 'list' | 'map',
  kept: KeptText | undefined,
): VariableItems {
  if (/^\s*[[{]/.test(value)) return isJson(value) ? readJson(value, label, kept) : { raw: value };
  return { raw: repeats === 'list' ? itemsIn(value) : pairsIn(value) };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** JSON is read as the YAML that it also is, since that reader tells how a number was written and which key stands twice. */
function readJson(text: string, label: string, kept: KeptText | undefined): VariableItems {
  // White space to JSON, a carriage return alone is none to YAML; inside of JSON's strings there is none.
  const yaml = text.replaceAll('\r', ' ');
  const document = parseDocument(yaml, { schema: 'json', prettyErrors: false, uniqueKeys: isSameKey });
  const broken = document.errors[0] ?? document.warnings[0];
  if (broken === undefined) return { raw: writtenValues(document, kept, 0) };
  const what = broken.code.toLowerCase().replaceAll('_', ' ');
  const message = `${label}: the JSON is not clear at character ${broken.pos[0]} (counted from 0): ${what}`;
  return { raw: undefined, fault: { code: 'request.invalid', message, hint: 'Give every key once.' } };
}
