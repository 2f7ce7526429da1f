import { tmpdir } from 'node:os';
import type { Scratch } from '../core/scratch.js';
import type { Ports } from '../snapshot/ports.js';
import { openScratch } from '../scratch/files.js';
import { makeScratch, removeScratch, type ScratchTicket } from '../scratch/folder.js';

/** A folder for scratch data, and what is in it. */
export interface Room {
  readonly ticket: ScratchTicket;
  readonly scratch: Scratch;
}

/**
 * Does work that needs folders for scratch data, each with names of its own, and removes them, however it ends.
 * @param parent where they are made; undefined: where the system has such
 * @throws scratch.*; what the work throws
 */
export async function withRooms<T>(
  { machine }: Pick<Ports, 'machine'>,
  parent: string | undefined,
  work: (open: () => Room) => Promise<T>,
): Promise<T> {
  const tickets: ScratchTicket[] = [];
  const clear = (): void => tickets.splice(0).forEach((ticket) => removeScratch(machine.fs, ticket));
  process.once('exit', clear);
  try {
    return await work(() => {
      const ticket = makeScratch(machine, parent ?? tmpdir());
      tickets.push(ticket);
      return { ticket, scratch: openScratch(machine.fs, ticket) };
    });
  } finally {
    process.off('exit', clear);
    clear();
  }
}
