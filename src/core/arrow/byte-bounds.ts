/** Bounds of byte strings are at most this many bytes. */
export const longestBound = 64;

/** A byte string of at most 64 bytes that is not above the given one; of a text, one that ends between two characters. */
export function lowerBound(bytes: Uint8Array, text: boolean): Uint8Array {
  return shorten(bytes, text).slice();
}

/** A byte string of at most 64 bytes that is not below the given one. Undefined where there is none. */
export function upperBound(bytes: Uint8Array, text: boolean): Uint8Array | undefined {
  return bytes.length <= longestBound ? bytes.slice() : increment(shorten(bytes, text), text);
}

/** The longest prefix of at most 64 bytes; of a text, one that ends between two characters. */
function shorten(bytes: Uint8Array, text: boolean): Uint8Array {
  if (bytes.length <= longestBound) return bytes;
  let end = longestBound;
  if (text) while (end > 0 && isContinuation(bytes[end]!)) end--;
  return bytes.subarray(0, end > 0 ? end : longestBound);
}

/** A string above every string that begins with `prefix`, not longer than it: its last byte (or character) that can be raised is. */
function increment(prefix: Uint8Array, text: boolean): Uint8Array | undefined {
  return text ? incrementText(prefix) : incrementBytes(prefix);
}

function incrementBytes(prefix: Uint8Array): Uint8Array | undefined {
  let last = prefix.length - 1;
  while (last >= 0 && prefix[last] === 0xff) last--;
  if (last < 0) return undefined;
  const raised = prefix.slice(0, last + 1);
  raised[last]!++;
  return raised;
}

function incrementText(prefix: Uint8Array): Uint8Array | undefined {
  for (let end = prefix.length; end > 0;) {
    let start = end - 1;
    while (start > 0 && isContinuation(prefix[start]!)) start--;
    const next = nextCharacter(prefix.subarray(start, end));
    if (next !== undefined) {
      const raised = prefix.slice(0, end);
      raised.set(next, start);
      return raised;
    }
    end = start;
  }
  return undefined;
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();

/** The next character that takes as many bytes; undefined after the last one. Surrogates are no characters. */
function nextCharacter(character: Uint8Array): Uint8Array | undefined {
  const code = decoder.decode(character).codePointAt(0)! + 1;
  if (code > 0x10ffff) return undefined;
  const next = encoder.encode(String.fromCodePoint(code >= 0xd800 && code <= 0xdfff ? 0xe000 : code));
  return next.length === character.length ? next : undefined;
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}
