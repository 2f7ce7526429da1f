import type { DestinationDescription } from '../../core/destination.js';

/** Versions in folders: `<outputs>/<dataset>/<version>/`. */
export const folder: DestinationDescription = {
  kind: 'folder',
  schemes: [],
  loadConnect: async () => (await import('./connect.js')).connectFolder,
  loadOpenObjects: async () => (await import('./object-file.js')).openFiles,
  loadStore: async () => (await import('./store.js')).folderStore,
};
