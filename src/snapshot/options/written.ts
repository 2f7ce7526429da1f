import { type Document, isPair, isScalar, type Node, type ParsedNode, type Scalar, visit } from 'yaml';
import type { KeptText } from './definition.js';

/**
 * A document of YAML or JSON as JavaScript values, its scalars kept as the text they are written as, where `kept` says so.
 * `above` is how many keys stand above the option's own value.
 */
export function writtenValues(document: Document.Parsed, kept: KeptText | undefined, above: number): unknown {
  if (kept === undefined) return document.toJS();
  // A copy: one anchor may serve options that keep their text and others that do not.
  const copy = document.clone();
  visit(copy, {
    Scalar(key, scalar, path) {
      const text = scalar.source;
      if (text === undefined || !readOtherwise(scalar.value)) return;
      if (key === 'key' || (keepsText(scalar.value, text, kept) && !isExcepted(path, kept, above))) scalar.value = text;
    },
  });
  return copy.toJS();
}

/** Whether two keys of a map would be one as they are written, or one as JavaScript reads them. */
export function isSameKey(a: ParsedNode, b: ParsedNode): boolean {
  if (a === b) return true;
  return isScalar(a) && isScalar(b) && (a.source === b.source || keyOf(a) === keyOf(b));
}

function keyOf({ value }: Scalar): string {
  return String(value);
}

/** Null is the absence of a value, and a symbol (a merge key of YAML 1.1) is not a value at all. */
function readOtherwise(value: unknown): boolean {
  return value !== null && typeof value !== 'string' && typeof value !== 'symbol';
}

function keepsText(value: unknown, text: string, { scalars }: KeptText): boolean {
  if (scalars === 'all') return true;
  if (typeof value === 'boolean') return false;
  return String(value) !== text || (Number.isInteger(value) && !Number.isSafeInteger(value));
}

function isExcepted(
  path: readonly (Document | Node | { key: unknown })[],
  { except }: KeptText,
  above: number,
): boolean {
  const pairs = path.filter(isPair);
  const own = pairs.at(-1)?.key;
  return except !== undefined && pairs.length > above + 1 && isScalar(own) && own.value === except;
}
