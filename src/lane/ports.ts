import { setTimeout as sleep } from 'node:timers/promises';
import type { DraftObjects } from '../core/destination.js';
import type { FormatOptions } from '../core/format.js';
import type { Scratch } from '../core/scratch.js';
import type { SourceModule } from '../core/source.js';
import { destinationNamed } from '../destination/registry.js';
import { openScratch, type ScratchTicket } from '../scratch/folder.js';
import { loadSource } from '../source/registry.js';
import { type LoadedFormat, loadFormat } from './load-format.js';
import type { DraftTicket } from './messages.js';

/** What a lane has of the world outside. */
export interface LanePorts {
  loadSource(kind: string): Promise<SourceModule>;
  loadFormat(options: FormatOptions): Promise<LoadedFormat>;
  openObjects(draft: DraftTicket): Promise<DraftObjects>;
  openScratch(ticket: ScratchTicket): Scratch;
  /** @throws the signal's reason */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

/** The sources, formats and destinations of this installation. */
export const installedLanePorts: LanePorts = {
  loadSource,
  loadFormat,
  async openObjects({ destination, ticket }) {
    const open = await destinationNamed(destination).loadOpenObjects();
    return open(ticket);
  },
  openScratch,
  sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }),
};
