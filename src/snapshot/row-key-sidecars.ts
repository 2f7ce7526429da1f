import { createHash } from 'node:crypto';
import { unsignedWordsOf } from '../core/arrow/words.js';
import type { DraftObjects, ObjectWriter } from '../core/destination.js';
import { addHashSums, type HashSum, noHashes } from '../core/digest/sums.js';
import { bytesOfRowKey, sumsOfRecords } from '../core/row-key-records.js';
import type { Scratch } from '../core/scratch.js';
import { readSpool } from '../lane/spool.js';
import { rowKeyPath } from '../manifest/row-keys.js';
import type { SidecarLine } from '../manifest/sidecar.js';
import type { Plan } from './plan.js';
import type { WrittenRows } from './write-shards.js';

/** The keys of a table's rows, as they were written beside its shards. */
export interface WrittenKeys {
  readonly line: SidecarLine;
  /** A scratch file of the same records. */
  readonly name: string;
  readonly records: number;
  /** Sums of the hashes of keys, and of rows. */
  readonly keys: HashSum;
  readonly rows: HashSum;
}

/** Writes the keys of the rows of each table beside its shards, in the order of the rows. */
export async function writeRowKeys(
  { version }: Pick<Plan, 'version'>,
  tables: readonly Pick<WrittenRows, 'name' | 'rowKeys'>[],
  { scratch, objects }: { readonly scratch: Scratch; readonly objects: DraftObjects },
): Promise<readonly WrittenKeys[]> {
  const written: WrittenKeys[] = [];
  for (const [index, { name: table, rowKeys }] of tables.entries()) {
    const path = rowKeyPath(version, table, { kind: 'keys', tables: tables.length });
    const file = new KeyFile(objects.create(path));
    const name = `fresh-t${index}`;
    const writer = scratch.create(name);
    let [keys, rows]: [HashSum, HashSum] = [noHashes, noHashes];
    for (const piece of rowKeys) {
      for (const { bytes: found } of readSpool(scratch, piece, piece)) {
        // What is read next takes its place.
        const bytes = new Uint8Array(found);
        const sums = sumsOfRecords(unsignedWordsOf(bytes));
        [keys, rows] = [addHashSums(keys, sums.keys), addHashSums(rows, sums.rows)];
        writer.write(bytes);
        file.write(bytes);
        await file.room();
      }
    }
    writer.close();
    const line: SidecarLine = { kind: 'keys', path, table, ...(await file.close()) };
    written.push({ line, name, records: line.bytes / bytesOfRowKey, keys, rows });
  }
  return written;
}

/** A file of keys on its way. */
export class KeyFile {
  private readonly hash = createHash('sha256');
  private bytes = 0;

  constructor(private readonly object: ObjectWriter) {}

  write(bytes: Uint8Array): void {
    this.hash.update(bytes);
    this.bytes += bytes.length;
    this.object.write(bytes);
  }

  room(): void | Promise<void> {
    return this.object.room();
  }

  async close(): Promise<Pick<SidecarLine, 'bytes' | 'sha256'>> {
    await this.object.close();
    return { bytes: this.bytes, sha256: this.hash.digest('hex') };
  }
}
