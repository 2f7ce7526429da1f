import type { AnnouncementFile, DestinationModule } from '../../core/destination.js';
import { assertVersionAbsent } from './absent.js';
import { type FolderDraft, type FolderTicket, openDraft } from './draft.js';
import { versionFolder } from './layout.js';
import { openFiles } from './object-file.js';
import { recover } from './recover.js';
import { folderStore } from './store.js';

/** Versions in folders: `<outputs>/<dataset>/<version>/`. */
export const folderDestination = {
  connect: (out: string, announcements: AnnouncementFile) => ({
    locationOf: (version) => versionFolder({ out, announcements, ...version }),
    recover: (signal) => recover(out, announcements, signal),
    assertAbsent: async (version) => assertVersionAbsent({ out, announcements, ...version }),
    openDraft: (request): Promise<FolderDraft> => openDraft({ out, announcements }, request),
  }),
  openObjects: (ticket) => openFiles(ticket as FolderTicket),
  store: folderStore,
} satisfies DestinationModule;
