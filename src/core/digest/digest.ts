import { createHash } from 'node:crypto';
import type { Schema } from 'apache-arrow';
import { kindText } from './kinds.js';
import type { Facts } from '../facts.js';
import { hashSumText } from './sums.js';

/** The specification that digests follow, as their prefix tells: docs/digest.md. */
const prefix = 'td1:';
const title = 'tidemark-digest/1';

/** Names and kinds of columns, as 64 hexadecimal digits. docs/digest.md, "Schema fingerprint". */
export function schemaFingerprint({ fields }: Schema): string {
  return sha256(JSON.stringify(fields.map((field) => [field.name, kindText(field)])));
}

/** The digest of a set of rows; undefined where their facts have no sums. docs/digest.md, "Digest". */
export function rowsDigest(fingerprint: string, { rows, sums }: Pick<Facts, 'rows' | 'sums'>): string | undefined {
  return sums && short(`${title}\n${fingerprint}\n${rows}\n${hashSumText(sums.rows)}\n`);
}

/** The digest of a version: of one table its own, of several that of their names and digests. */
export function versionDigest(tables: readonly { readonly name: string; readonly digest: string }[]): string {
  if (tables.length === 1) return tables[0]!.digest;
  const sorted = [...tables].sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
  return short(`${title} tables\n${sorted.map(({ name, digest }) => `${JSON.stringify(name)} ${digest}\n`).join('')}`);
}

function short(text: string): string {
  return `${prefix}${sha256(text).slice(0, 32)}`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
