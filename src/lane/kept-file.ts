import type { DraftObjects } from '../core/destination.js';
import { addFacts, type Facts, noFacts } from '../core/facts.js';
import type { RowGroupEncoder, ShardReceipt } from '../core/shard.js';
import type { Scratch } from '../core/scratch.js';
import type { ForeignFile } from '../core/source.js';
import type { FetchedFile } from './kept-files.js';
import type { Portion } from './stage.js';

/** Encodes nothing: rows are counted, and their file is there already. */
export const countsOnly: RowGroupEncoder = {
  encode: ({ numRows: rows }) => ({ rows, bytes: new Uint8Array(0), meta: null }),
};

/** Bytes that are read and written at a time where a file has to be copied. */
const pieceBytes = 1 << 20;

/** Where a file of another engine goes. */
export interface KeptPlace {
  readonly objects: DraftObjects;
  /** The destination's name. */
  readonly destination: string;
  readonly scratch: Scratch;
  readonly table: number;
  readonly group: number;
  /** Its path in the version. */
  readonly path: string;
}

/** A file of another engine that becomes a file of the version as it is: the facts of its rows are added up, and its bytes are put there. */
export class KeptFile {
  private facts: Facts;
  private receipt: ShardReceipt | undefined;
  private isBegun = false;

  constructor(
    private readonly place: KeptPlace,
    columns: number,
    private readonly onWritten: (bytes: number) => void,
  ) {
    this.facts = noFacts(columns);
  }

  add({ facts }: Portion): void {
    this.facts = addFacts(this.facts, facts);
  }

  /** Once all of its rows are counted. */
  async keep(file: ForeignFile, { scratch: name, sha256 }: FetchedFile): Promise<void> {
    const { objects, scratch, table, group, path } = this.place;
    this.isBegun = true;
    if (!(await this.copy(file)) && !(await objects.move?.(path, scratch.pathOf(name))))
      await this.write(name, file.bytes);
    scratch.remove(name);
    const { bytes, rowGroups } = file;
    this.onWritten(bytes);
    const { facts } = this;
    this.receipt = { table, group, part: 0, path, rows: facts.rows, bytes, sha256, rowGroups, facts, from: file.path };
  }

  async finish(): Promise<readonly ShardReceipt[]> {
    return this.receipt === undefined ? [] : [this.receipt];
  }

  async discard(): Promise<void> {
    if (this.isBegun) await this.place.objects.remove(this.place.path);
  }

  /** Inside of the store, where it is the same. */
  private async copy({ store, location, state }: ForeignFile): Promise<boolean> {
    const { objects, destination, path } = this.place;
    if (store !== destination || state === undefined) return false;
    return (await objects.copy?.(path, location, state)) ?? false;
  }

  private async write(name: string, bytes: number): Promise<void> {
    const local = this.place.scratch.open(name);
    const object = this.place.objects.create(this.place.path);
    try {
      for (let at = 0; at < bytes; at += pieceBytes) {
        object.write(local.next(Math.min(pieceBytes, bytes - at)));
        await object.room();
      }
      await object.close();
    } catch (error) {
      await object.discard();
      throw error;
    } finally {
      local.close();
    }
  }
}
