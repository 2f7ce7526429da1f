import { recordingDescription } from '../../recording/description.js';
import type { RecordingConnection } from '../../recording/source.js';
import type { Plan } from '../plan.js';
import { adoptKeys } from './adopting.js';
import type { OptionContext, OptionSet } from './read.js';
import { resolvePlanFor } from './resolve.js';
import type { OptionKey } from './table.js';

/** Options that count where a recording is read: what is read of the source was said when it was recorded. */
export const replayKeys: readonly OptionKey[] = adoptKeys.filter((key) => key !== 'table' && key !== 'limit');

/** Decides a run that reads a recording. @throws request.invalid, request.unknown-key */
export function resolveReplayPlan(
  set: OptionSet,
  context: OptionContext,
  connection: RecordingConnection,
): Promise<Plan> {
  const table = connection.recording.tables.map(({ name }) => ({ name, table: name }));
  const source = { source: recordingDescription(connection), url: undefined };
  return resolvePlanFor(source, { ...set, values: { ...set.values, table } }, context);
}
