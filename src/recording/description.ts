import type { SourceDescription } from '../core/source-description.js';
import { TidemarkError } from '../core/errors.js';
import { type RecordingConnection, recordingKind } from './source.js';

/** A recording, described as a source is: no URL and no variables say where it is. */
export const recordingDescription = (connection: RecordingConnection): SourceDescription => ({
  kind: recordingKind(connection.recording.kind),
  schemes: ['recording'],
  exampleUrl: '',
  variables: '',
  placeVariables: [],
  ownsVariable: () => false,
  secretVariables: [],
  secretUrlParameters: [],
  roads: { file: 'a file that `tidemark bench --record` made' },
  goesBack: false,
  travelsTo: [],
  loadRequests: async () => ({
    resolveConnection: () => connection,
    parametersOf: () => new Set(),
    parameterSign: ':',
  }),
  load: () => Promise.reject(new TidemarkError('internal.bug', 'a recording is loaded by its kind')),
});
