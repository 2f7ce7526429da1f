import type { AnnouncementFile, Destination } from '../../core/destination.js';
import { assertVersionAbsent } from './absent.js';
import { type FolderDraft, openDraft } from './draft.js';
import { versionFolder } from './layout.js';
import { recover } from './recover.js';

export interface FolderDestination extends Destination {
  openDraft(...request: Parameters<Destination['openDraft']>): Promise<FolderDraft>;
}

/** @param out absolute path of the outputs folder */
export function connectFolder(out: string, announcements: AnnouncementFile): FolderDestination {
  return {
    locationOf: (version) => versionFolder({ out, announcements, ...version }),
    recover: (signal) => recover(out, announcements, signal),
    assertAbsent: async (version) => assertVersionAbsent({ out, announcements, ...version }),
    openDraft: (request) => openDraft({ out, announcements }, request),
  };
}
