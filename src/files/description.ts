import type { SourceDescription } from '../core/source-description.js';
import type { FoundFiles } from './found.js';
import { filesKind, filesSource } from './source.js';

/** Files that were found, described as a source is: no URL and no variables say where they are. */
export const filesDescription = (found: FoundFiles): SourceDescription => ({
  kind: filesKind,
  schemes: [filesKind],
  exampleUrl: '',
  variables: '',
  placeVariables: [],
  ownsVariable: () => false,
  secretVariables: [],
  secretUrlParameters: [],
  roads: { files: 'files that another engine wrote' },
  goesBack: false,
  sharesMoments: true,
  travelsTo: [],
  loadRequests: async () => ({ resolveConnection: () => found, parametersOf: () => new Set(), parameterSign: ':' }),
  load: async () => filesSource,
});
