import { placelessSource, type SourceDescription } from '../core/source-description.js';
import type { FoundFiles } from './found.js';
import { filesKind, filesSource } from './source.js';

/** Files that were found, described as a source is. */
export const filesDescription = (found: FoundFiles): SourceDescription =>
  placelessSource(filesKind, found, {
    roads: { files: 'files that another engine wrote' },
    sharesMoments: true,
    load: async () => filesSource,
  });
