import { tmpdir } from 'node:os';
import { ownValue } from '../../core/own-value.js';
import { thisMachine } from '../../machine/machine.js';
import { TidemarkError } from '../../core/errors.js';
import { formatCount } from '../../core/units.js';
import type { Scratch, ScratchWriter } from '../../core/scratch.js';
import type { ManifestVersion } from '../../manifest/shape.js';
import { bytesOfRecord } from '../../core/key-records.js';
import { countEntities, recordsIn } from '../../partition/entities/index.js';
import { splitNames } from '../../partition/split.js';
import { openScratch } from '../../scratch/files.js';
import { makeScratch, removeScratch, type ScratchTicket } from '../../scratch/folder.js';
import { failure, type Finding, warning } from './finding.js';

const fileName = 'records';

/** Counts the entities of a version anew, over all of its tables; what it notes waits in scratch files. */
export class EntityRecount {
  private room:
    { readonly ticket: ScratchTicket; readonly scratch: Scratch; readonly writer: ScratchWriter } | undefined;
  private records = 0;
  /** Why they cannot be counted here. */
  private obstacle: string | undefined;

  constructor(
    private readonly split: NonNullable<ManifestVersion['split']>,
    private readonly told: NonNullable<ManifestVersion['entities']>,
  ) {}

  /** Records of rows, as a router gives them. */
  note(records: Uint8Array): void {
    this.whereThereIsRoom(() => {
      this.room ??= this.open();
      this.room.writer.write(records);
      this.records += records.length / bytesOfRecord;
    });
  }

  /** What the manifest tells, and is not so. To be called once, when all rows were noted. */
  findings(file: string): Finding[] {
    const findings = this.whereThereIsRoom(() => this.counted(file));
    return findings ?? [warning('split', file, `entities were not counted: ${this.obstacle}`)];
  }

  close(): void {
    if (this.room !== undefined) removeScratch(thisMachine.fs, this.room.ticket);
  }

  /** A version can be verified without a disk to write to: then it is said what was not. */
  private whereThereIsRoom<T>(action: () => T): T | undefined {
    if (this.obstacle !== undefined) return undefined;
    try {
      return action();
    } catch (thrown) {
      if (!(thrown instanceof TidemarkError) || !thrown.code.startsWith('scratch.')) throw thrown;
      this.obstacle = thrown.message;
      return undefined;
    }
  }

  private counted(file: string): Finding[] {
    const names = splitNames(this.split);
    const { room, records } = this;
    if (room === undefined) return this.compare({ total: 0, parts: names.map(() => 0), inSeveral: 0 }, file);
    room.writer.close();
    const all = recordsIn({ name: fileName, records }, room.scratch);
    return this.compare(countEntities(names.length, all, room.scratch), file);
  }

  private compare(
    found: { readonly total: number; readonly parts: readonly number[]; readonly inSeveral: number },
    file: string,
  ): Finding[] {
    const { told } = this;
    const parts = splitNames(this.split).map(
      (name, index) => [`in ${name}`, ownValue(told.parts, name) ?? 0, found.parts[index]!] as const,
    );
    const figures = [
      ['in all', told.total, found.total] as const,
      ...parts,
      ['in several parts', told.inSeveral, found.inSeveral] as const,
    ];
    return figures
      .filter(([, expected, counted]) => expected !== counted)
      .map(([where, expected, counted]) =>
        failure('split', file, `the number of entities ${where} is another one`, {
          expected: formatCount(expected),
          found: formatCount(counted),
        }),
      );
  }

  private open(): NonNullable<EntityRecount['room']> {
    const ticket = makeScratch(thisMachine, tmpdir());
    const scratch = openScratch(thisMachine.fs, ticket);
    return { ticket, scratch, writer: scratch.create(fileName) };
  }
}
