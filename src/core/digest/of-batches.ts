import { type RecordBatch, type Schema, util } from 'apache-arrow';
import { invalidRequest } from '../errors.js';
import { BatchHasher } from './batch-hasher.js';
import { rowsDigest, schemaFingerprint } from './digest.js';
import { addHashSums, type HashSum, hashSumText, noHashes } from './sums.js';

/** The logical digest of rows, and what it is made of: docs/digest.md. */
export interface RowsDigest {
  /** `td1:` and 32 hexadecimal digits. */
  readonly digest: string;
  readonly rows: number;
  /** Schema fingerprint, 64 hexadecimal digits. */
  readonly fingerprint: string;
  /** Of the hashes of rows, 32 hexadecimal digits. */
  readonly sum: string;
  /** Of the hashes of each column's values, in the order of the schema. */
  readonly columns: readonly { readonly name: string; readonly sum: string }[];
}

/**
 * The logical digest of rows, wherever they come from. Batches may come in any order.
 * @param schema of the batches; where not given, that of the first one
 * @throws request.invalid where there is neither a batch nor a schema, or batches differ in their schema; source.unsupported
 *   for an Arrow type without a digest
 */
export async function digestOf(
  batches: Iterable<RecordBatch> | AsyncIterable<RecordBatch>,
  schema?: Schema,
): Promise<RowsDigest> {
  let known = schema;
  let hasher = schema && new BatchHasher(schema);
  let rows = 0;
  let sums: readonly HashSum[] = [];
  for await (const batch of batches) {
    known ??= batch.schema;
    hasher ??= new BatchHasher(known);
    if (!util.compareSchemas(known, batch.schema)) {
      throw invalidRequest(
        'batches differ in their schema',
        'All batches of a digest have the schema of the first one.',
      );
    }
    const found = hasher.sumsOf(batch);
    rows += batch.numRows;
    sums = [found.rows, ...found.columns].map((sum, index) => addHashSums(sums[index] ?? noHashes, sum));
  }
  if (known === undefined) {
    throw invalidRequest(
      'there is neither a record batch nor a schema',
      'Give the schema where there may be no batch.',
    );
  }
  const fingerprint = schemaFingerprint(known);
  const [sum = noHashes, ...columns] = sums;
  return {
    digest: rowsDigest(fingerprint, { rows, sums: { rows: sum, columns } })!,
    rows,
    fingerprint,
    sum: hashSumText(sum),
    columns: known.fields.map(({ name }, index) => ({ name, sum: hashSumText(columns[index] ?? noHashes) })),
  };
}
