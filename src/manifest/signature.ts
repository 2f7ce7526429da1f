import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import * as z from 'zod';
import { Secret } from '../core/secret.js';
import { canonicalJson } from './canonical.js';
import type { Manifest } from './shape.js';

/** A key that signs versions, and the one by which everybody can tell its signatures. */
export interface SigningKey {
  /** As it was given; {@link signingKey} has read it before. */
  readonly key: Secret;
  /** 32 bytes in base64. */
  readonly publicKey: string;
}

/** What is signed says what it is, so that a signature of something else is none of a version. */
const signedMessage = (id: string): Buffer => Buffer.from(`tidemark-version-id:${id}`);

/** What stands before the 32 bytes of an Ed25519 key in PKCS #8 (RFC 8410, section 7). */
const keyPrefix = Buffer.from('302e020100300506032b657004220420', 'hex');
/** And before those of a public key in SubjectPublicKeyInfo (RFC 8410, section 4). */
const publicPrefix = Buffer.from('302a300506032b6570032100', 'hex');
const keyBytes = 32;

const file = z.object({
  algorithm: z.literal('Ed25519'),
  format: z.literal(1),
  id: z.string(),
  publicKey: z.string(),
  signature: z.string(),
});

/** The name of the file beside the manifest that holds its version's signature. */
export const signatureName = (version: string): string => `_signature.${version}.json`;

/**
 * Reads a private key: PKCS #8 as PEM, whose line ends may have become `\n`, the same in base64, or the key's 32 bytes in base64.
 * @throws Error that says what is wrong with it, without a word of it
 */
export function signingKey(text: string): SigningKey {
  const key = privateKeyOf(text);
  if (key.asymmetricKeyType !== 'ed25519') throw new Error(`is a key of ${key.asymmetricKeyType}, not of Ed25519`);
  return { key: new Secret(text), publicKey: rawPublicKey(createPublicKey(key)) };
}

function privateKeyOf(text: string): KeyObject {
  const pem = text.trim().replaceAll('\\n', '\n');
  if (/ENCRYPTED/.test(pem)) throw new Error('is encrypted: give it without a passphrase');
  try {
    if (pem.startsWith('-----BEGIN')) return createPrivateKey(pem);
    const bytes = Buffer.from(pem, 'base64');
    const der = bytes.length === keyBytes ? Buffer.concat([keyPrefix, bytes]) : bytes;
    return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  } catch {
    throw new Error('is no private key');
  }
}

/**
 * Reads a public key: 32 bytes in base64, or PEM.
 * @returns the 32 bytes in base64
 * @throws Error that says what is wrong with it
 */
export function publicKeyOf(text: string): string {
  let key: KeyObject;
  const bytes = Buffer.from(text, 'base64');
  // Node would make the public key of it, and nobody would hear that a secret was given to be read by everybody.
  if (isPrivateKey(text, bytes)) throw new Error('is a private key, and the public one is needed');
  try {
    const der = bytes.length === keyBytes ? Buffer.concat([publicPrefix, bytes]) : bytes;
    key = text.startsWith('-----BEGIN')
      ? createPublicKey(text)
      : createPublicKey({ key: der, format: 'der', type: 'spki' });
  } catch {
    throw new Error('is no public key');
  }
  if (key.asymmetricKeyType !== 'ed25519') throw new Error(`is a key of ${key.asymmetricKeyType}, not of Ed25519`);
  return rawPublicKey(key);
}

const isPrivateKey = (text: string, bytes: Buffer): boolean =>
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text) || bytes.subarray(0, keyPrefix.length).equals(keyPrefix);

function rawPublicKey(key: KeyObject): string {
  return key.export({ format: 'der', type: 'spki' }).subarray(publicPrefix.length).toString('base64');
}

/** A signature as its file tells it. */
export type Signature = z.infer<typeof file>;

/** The bytes of a version's signature file. */
export function encodeSignature({ id }: Pick<Manifest, 'id'>, { key, publicKey }: SigningKey): Uint8Array {
  const signature = sign(null, signedMessage(id), privateKeyOf(key.reveal())).toString('base64');
  return encode({ algorithm: 'Ed25519', format: 1, id, publicKey, signature });
}

/** Canonical JSON and one newline. */
const encode = (signature: Signature): Buffer => Buffer.from(`${canonicalJson(signature)}\n`);

/** Undefined for a file that is none, or that has other bytes than the one that was written. */
export function parseSignature(bytes: Uint8Array): Signature | undefined {
  try {
    const signature = file.parse(JSON.parse(Buffer.from(bytes).toString()));
    const isAsWritten = encode(signature).equals(bytes) && [signature.publicKey, signature.signature].every(isBase64);
    return isAsWritten ? signature : undefined;
  } catch {
    return undefined;
  }
}

/** Whether it is the text that the bytes have, which other texts may mean, too. */
const isBase64 = (text: string): boolean => Buffer.from(text, 'base64').toString('base64') === text;

/** Whether it is by the key that it names, of the id that it names. */
export function isSigned({ id, publicKey, signature }: Signature): boolean {
  const der = Buffer.concat([publicPrefix, Buffer.from(publicKey, 'base64')]);
  try {
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
    return verify(null, signedMessage(id), key, Buffer.from(signature, 'base64'));
  } catch {
    return false;
  }
}
