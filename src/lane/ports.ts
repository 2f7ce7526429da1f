import { setTimeout as sleep } from 'node:timers/promises';
import type { DestinationModule } from '../core/destination.js';
import type { FormatOptions } from '../core/format.js';
import type { Scratch } from '../core/scratch.js';
import type { SourceModule } from '../core/source.js';
import { loadDestination } from '../destination/registry.js';
import { openScratch, type ScratchTicket } from '../scratch/folder.js';
import { loadSource } from '../source/registry.js';
import { type LoadedFormat, loadFormat } from './load-format.js';

/** What a lane has of the world outside. */
export interface LanePorts {
  loadSource(kind: string): Promise<SourceModule>;
  loadFormat(options: FormatOptions): Promise<LoadedFormat>;
  loadDestination(kind: string): Promise<DestinationModule>;
  openScratch(ticket: ScratchTicket): Scratch;
  /** @throws the signal's reason */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

/** The sources, formats and destinations of this installation. */
export const installedLanePorts: LanePorts = {
  loadSource,
  loadFormat,
  loadDestination,
  openScratch,
  sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }),
};
