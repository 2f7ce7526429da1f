import type { DraftObjects } from '../core/destination.js';
import type { FormatOptions } from '../core/format.js';
import type { Scratch } from '../core/scratch.js';
import type { SourceModule } from '../core/source.js';
import type { Column } from '../core/types.js';
import { destinationNamed } from '../destination/registry.js';
import { filesKind, filesSource } from '../files/source.js';
import { type Machine, thisMachine } from '../machine/machine.js';
import { recordedKind, recordingSource } from '../recording/source.js';
import { openScratch } from '../scratch/files.js';
import type { ScratchTicket } from '../scratch/folder.js';
import { type Route, routerOf } from '../partition/router.js';
import { loadSource } from '../source/registry.js';
import { type LoadedFormat, loadFormat } from './load-format.js';
import type { DraftTicket } from './messages.js';
import { shardsKind, shardSource } from './shard-source.js';
import type { Router } from '../core/routing.js';
import { unwritten, unwrittenObjects } from './unwritten.js';

/** What a lane has of the world outside. */
export interface LanePorts {
  loadSource(kind: string): Promise<SourceModule>;
  loadFormat(options: FormatOptions): Promise<LoadedFormat>;
  openObjects(draft: DraftTicket): Promise<DraftObjects>;
  /** Where the rows of tables with a route go. */
  readonly routerOf?: (route: unknown, columns: readonly Column[]) => Router;
  openScratch(ticket: ScratchTicket): Scratch;
  readonly machine: Machine;
}

/** The sources, formats and destinations of this installation. */
export const installedLanePorts: LanePorts = {
  async loadSource(kind) {
    if (kind === shardsKind) return shardSource();
    const recorded = recordedKind(kind);
    if (recorded !== undefined) return recordingSource(thisMachine.fs, await loadSource(recorded));
    return kind === filesKind ? filesSource : loadSource(kind);
  },
  loadFormat,
  async openObjects({ destination, ticket }) {
    if (destination === unwritten) return unwrittenObjects;
    const open = await destinationNamed(destination).loadOpenObjects();
    return open(ticket);
  },
  openScratch: (ticket) => openScratch(thisMachine.fs, ticket),
  routerOf: (route, columns) => routerOf(route as Route, columns),
  machine: thisMachine,
};
