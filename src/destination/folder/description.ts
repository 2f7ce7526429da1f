import type { DestinationDescription } from '../../core/destination.js';

export const folder: DestinationDescription = {
  kind: 'folder',
  schemes: [],
  load: async () => (await import('./index.js')).folderDestination,
};
