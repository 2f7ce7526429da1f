import * as z from 'zod';
import { count, datasetUri, hashSum, relativePath, rowsDigest, sha256 } from './shape-kinds.js';

/** What a version takes over from those before it, and what it is together with them. docs/incremental.md. */
export const parent = z.object({ uri: datasetUri, id: sha256 });

export const compacts = z.object({
  uri: datasetUri,
  id: sha256,
  versions: count.describe('How many the chain has, with that one.'),
});

export const inherited = z.object({
  uri: datasetUri,
  id: sha256,
  rows: count,
  bytes: count.describe('Of its files.'),
  tables: z.array(
    z.object({ name: z.string(), rows: count, sum: hashSum.exactOptional().describe('Absent: without digest.') }),
  ),
  files: z.array(z.object({ path: relativePath, rows: count, bytes: count, sha256 })),
});

export const chain = z.object({
  rows: count.describe('Of all tables; those too that were replaced by key.'),
  bytes: count.describe('Of all shards.'),
  digest: rowsDigest
    .exactOptional()
    .describe(
      'Logical digest of all rows, as if they were one version. Absent: without digest, or rows are replaced by key.',
    ),
});
