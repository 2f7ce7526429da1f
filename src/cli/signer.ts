import { readFileSync, statSync } from 'node:fs';
import { invalidRequest } from '../core/errors.js';

/** Far more than a key needs. */
const mostKeyBytes = 16_384;

/**
 * A key, or what stands in the file of one.
 * @throws request.invalid for the path of a file that is not there
 */
export function signerFrom(given: string): string {
  // What may be a key, and a secret one by mistake, is never looked for as a file, nor shown.
  if (isKey(given)) return given;
  const found = statSync(given, { throwIfNoEntry: false });
  if (found?.isFile() && found.size <= mostKeyBytes) return readFileSync(given, 'utf8').trim();
  if (found === undefined && !isPath(given)) return given;
  throw invalidRequest(
    `signer: ${found === undefined ? `there is no file ${given}` : `${given} is no file of a key`}`,
    'Give the file of a public key, or the key as `tidemark show` prints it.',
  );
}

/** PEM, or the base64 of 32 bytes and more. */
const isKey = (text: string): boolean => text.includes('-----BEGIN') || /^[A-Za-z0-9+/]{43,}={0,2}$/.test(text);

const isPath = (text: string): boolean => /[/\\]|\.(?:pem|pub|key)$/i.test(text);
