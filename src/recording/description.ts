import { TidemarkError } from '../core/errors.js';
import { placelessSource, type SourceDescription } from '../core/source-description.js';
import { type RecordingConnection, recordingKind } from './source.js';

/** A recording, described as a source is. */
export const recordingDescription = (connection: RecordingConnection): SourceDescription =>
  placelessSource(recordingKind(connection.recording.kind), connection, {
    roads: { file: 'a file that `tidemark bench --record` made' },
    load: () => Promise.reject(new TidemarkError('internal.bug', 'a recording is loaded by its kind')),
  });
