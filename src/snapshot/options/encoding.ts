import { TidemarkError } from '../../core/errors.js';
import type { Problem } from './problems.js';

/** What a decoder writes in the place of bytes that are not UTF-8. */
const replacement = '\uFFFD';
const replacementBytes = Buffer.from(replacement);

/** The text of a file, without its byte order mark. `name` is the file's, for messages. @throws request.invalid unless it is UTF-8 */
export function decodeText(bytes: Uint8Array, name: string): string {
  const invalid = firstInvalidByte(bytes);
  // UTF-8 has a zero byte, but no text does: UTF-16 without a byte order mark is full of them.
  const at = invalid ?? bytes.indexOf(0);
  if (at < 0) return new TextDecoder().decode(bytes);
  const line = bytes.subarray(0, at).filter((byte) => byte === 0x0a).length + 1;
  const what = invalid === undefined ? 'is a zero byte' : 'begins no character';
  const message = `${name} must be UTF-8: what stands at byte ${at} (counted from 0), in line ${line}, ${what}`;
  throw new TidemarkError('request.invalid', message, {
    hint: looksLikeUtf16(bytes) ? 'It looks like UTF-16. Save it as UTF-8.' : 'Save it as UTF-8.',
  });
}

const valueHint =
  'Give it in UTF-8. If the character U+FFFD itself is meant, give the value in a file that is UTF-8: the YAML file, or --query-file.';

/**
 * A flag or a variable whose bytes were not UTF-8, as the runtime has decoded them. `label` names where the value stands;
 * it may be secret, so that nothing of it is shown.
 */
export function undecodable(value: string, label: string, hint = valueHint): Problem | undefined {
  const at = value.indexOf(replacement);
  if (at < 0) return undefined;
  const byte = Buffer.byteLength(value.slice(0, at));
  const message = `${label}: the value must be UTF-8: what stands at its byte ${byte} (counted from 0) is not`;
  return { code: 'request.invalid', message, hint };
}

/** Where the first bytes stand that no character of UTF-8 begins with or goes on with. */
function firstInvalidByte(bytes: Uint8Array): number | undefined {
  let at = 0;
  for (const piece of new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes).split(replacement)) {
    at += Buffer.byteLength(piece);
    // What is a whole U+FFFD in the bytes too was not put there by the decoder.
    if (at < bytes.length && !replacementBytes.equals(bytes.subarray(at, at + 3))) return at;
    at += replacementBytes.length;
  }
  return undefined;
}

/** By its byte order mark, or by the zero bytes that ASCII has in UTF-16. */
function looksLikeUtf16(bytes: Uint8Array): boolean {
  const [first, second] = bytes;
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff) || first === 0 || second === 0;
}
