import type { AnnouncementFile, Destination } from '../../core/destination.js';
import { freeSpaceAt } from '../../machine/free-space.js';
import type { Machine } from '../../machine/machine.js';
import { assertVersionAbsent } from './absent.js';
import { findBoard } from './board.js';
import { type FolderDraft, openDraft } from './draft.js';
import { versionFolder } from './layout.js';
import { recover } from './recover.js';

export interface FolderDestination extends Destination {
  /** Of the whole folder, whatever the datasets. */
  recover(datasets?: readonly string[], signal?: AbortSignal): ReturnType<Destination['recover']>;
  openDraft(...request: Parameters<Destination['openDraft']>): Promise<FolderDraft>;
}

/** @param out absolute path of the outputs folder */
export function connectFolder(machine: Machine, out: string, announcements: AnnouncementFile): FolderDestination {
  const outputs = { ...machine, out, announcements };
  return {
    announces: true,
    scratchRoot: out,
    freeSpace: async () => freeSpaceAt(machine.fs, out),
    locationOf: (version) => versionFolder({ ...outputs, ...version }),
    recover: (_, signal) => recover(outputs, signal),
    assertAbsent: async (version) => assertVersionAbsent({ ...outputs, ...version }),
    openDraft: (request) => openDraft(outputs, request),
    findBoard: async (version) => findBoard(outputs, version),
  };
}
