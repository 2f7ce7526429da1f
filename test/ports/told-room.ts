import nodeFs from 'node:fs';
import type { SourceModule, TablePlan } from '../../src/core/source.js';
import type { FileSystem } from '../../src/machine/file-system.js';
import { type Machine, thisMachine } from '../../src/machine/machine.js';
import { arrowSource } from './arrow-source.js';

export const [MB, GB] = [1e6, 1e9];

/** A source that says other things of its tables than are so, and counts its lanes. */
export function tellingSource(told: Partial<TablePlan>): SourceModule & { readonly lanesOpened: () => number } {
  const source = arrowSource(1000, 100, 10);
  let lanes = 0;
  return {
    ...source,
    open: async (...request) => {
      const opened = await source.open(...request);
      return { ...opened, tables: opened.tables.map((table) => ({ ...table, ...told })) };
    },
    openLane: async (...ticket) => {
      lanes += 1;
      return source.openLane(...ticket);
    },
    lanesOpened: () => lanes,
  };
}

/** This machine with so much free on the disk of every folder that `bytesAt` names. */
export function machineWith(bytesAt: (folder: string) => number | undefined): Machine {
  const statfsSync = ((folder: string) => {
    const bytes = bytesAt(folder);
    return bytes === undefined ? nodeFs.statfsSync(folder) : { blocks: 1000, bavail: bytes / 4000, bsize: 4000 };
  }) as FileSystem['statfsSync'];
  return { ...thisMachine, fs: { ...nodeFs, statfsSync } };
}

/** A table of 100 GB whose rows are of 1,000 bytes. */
export const large = { sourceBytes: 100 * GB, estimatedRows: 100 * MB, rowBytes: 1000 };
