import { isSigned, parseSignature, signatureName } from '../../manifest/signature.js';
import type { Manifest } from '../../manifest/shape.js';
import { chunksOf } from '../../core/file-chunks.js';
import { openShard } from '../../lane/open-shard.js';
import type { VersionLocation } from '../locate.js';
import { failure, type Finding, warning } from './finding.js';

/** Far more than a signature needs. */
const mostBytes = 4096;

export interface CheckedSignature {
  /** Whose signature of the version's id holds: a public key. Undefined: nobody's. */
  readonly signer: string | undefined;
  readonly findings: readonly Finding[];
}

/**
 * Whether the signature beside the manifest is one of the version's id. Without a key that is known from elsewhere it shows no more than that file and
 * manifest belong together: whoever can write one can write the other.
 * @param id the id, as it follows from the manifest
 * @param expected the public key whose signature it must be, 32 bytes in base64; undefined: that of the manifest
 */
export async function checkSignature(
  place: VersionLocation,
  { version, run }: Manifest,
  { id, expected }: { readonly id: string; readonly expected: string | undefined },
): Promise<CheckedSignature> {
  const name = signatureName(version.name);
  const found = (message: string, more: Partial<Finding> = {}): CheckedSignature => ({
    signer: undefined,
    findings: [failure('signature', name, message, more)],
  });
  const key = expected ?? run.signer;
  const bytes = await bytesOf(place, name);
  if (key === undefined) {
    const message = 'there is a signature, and the manifest says that nobody has signed the version';
    return { signer: undefined, findings: bytes === undefined ? [] : [warning('signature', name, message)] };
  }
  if (bytes === undefined) {
    return found(
      run.signer === undefined ? 'nobody has signed the version' : 'the file is missing: the version was signed',
    );
  }
  const signature = parseSignature(bytes);
  if (signature === undefined) return found('the file is no signature, or was written anew');
  if (signature.publicKey !== key)
    return found('it is the signature of another key', { expected: key, found: signature.publicKey });
  if (signature.id !== id)
    return found('it is the signature of another version', { expected: id, found: signature.id });
  if (!isSigned(signature)) return found('the signature is not by the key that it names');
  return { signer: key, findings: [] };
}

/** No more than a signature has; undefined where there is no such file. */
async function bytesOf(place: VersionLocation, name: string): Promise<Uint8Array | undefined> {
  const file = await openShard(place, name);
  if (file === undefined) return undefined;
  try {
    if (file.size === undefined || file.size > mostBytes) return new Uint8Array();
    const chunks: Uint8Array[] = [];
    for await (const chunk of chunksOf(file)) chunks.push(Buffer.from(chunk));
    return Buffer.concat(chunks);
  } finally {
    await file.close();
  }
}
