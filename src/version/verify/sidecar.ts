import { createHash } from 'node:crypto';
import { addHashSums, type HashSum, hashSumText, noHashes } from '../../core/digest/sums.js';
import { unsignedWordsOf } from '../../core/arrow/words.js';
import { chunksOf } from '../../core/file-chunks.js';
import { bytesOfRowKey, sumsOfRecords } from '../../core/row-key-records.js';
import { openShard } from '../../lane/open-shard.js';
import type { Manifest, ManifestTable } from '../../manifest/shape.js';
import type { SidecarLine } from '../../manifest/sidecar.js';
import type { VersionLocation } from '../locate.js';
import { failure, type Finding } from './finding.js';

/** Whether the files beside the shards hold what the manifest says. */
export async function sidecarFindings(place: VersionLocation, { version }: Manifest): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const line of version.sidecars ?? []) {
    const table = version.tables.find(({ name }) => name === line.table);
    const counted = await countSidecar(place, line, table?.live !== undefined);
    if (counted === undefined) findings.push(failure('missing', line.path, 'the file is missing'));
    else if (counted.sha256 !== line.sha256) {
      const values = { expected: line.sha256, found: counted.sha256 };
      findings.push(failure('sha256', line.path, 'the bytes were changed', values));
    } else if (table !== undefined) findings.push(...keyFindings(line, table, counted));
  }
  return findings;
}

interface Counted {
  readonly sha256: string;
  readonly records: number;
  /** Of the hashes of rows. */
  readonly rows: HashSum;
}

/** Undefined where there is no such file. */
async function countSidecar(
  place: VersionLocation,
  { path }: SidecarLine,
  ofKeys: boolean,
): Promise<Counted | undefined> {
  const file = await openShard(place, path);
  if (file === undefined) return undefined;
  try {
    const hash = createHash('sha256');
    let [bytes, rows]: [number, HashSum] = [0, noHashes];
    for await (const chunk of chunksOf(file)) {
      hash.update(chunk);
      if (ofKeys) rows = addHashSums(rows, sumsOfRecords(unsignedWordsOf(chunk)).rows);
      bytes += chunk.length;
    }
    return { sha256: hash.digest('hex'), records: bytes / bytesOfRowKey, rows };
  } finally {
    await file.close();
  }
}

/** Keys are those of the rows, and of as many as are gone. */
function keyFindings(
  { kind, path }: SidecarLine,
  { facts, live }: ManifestTable,
  { records, rows }: Counted,
): readonly Finding[] {
  const expected = kind === 'keys' ? facts.rows : live?.gone;
  if (records !== expected) {
    const values = { expected: String(expected), found: String(records) };
    return [failure('rows', path, 'it has other keys than rows are told of', values)];
  }
  if (kind !== 'keys' || facts.sum === undefined || facts.sum === hashSumText(rows)) return [];
  const values = { expected: facts.sum, found: hashSumText(rows) };
  return [failure('digest', path, 'the hashes of rows are not those of the rows', values)];
}
