import type { AnnouncementFile, RecoveryReport } from '../../core/destination.js';
import type { Processes } from '../../machine/processes.js';
import type { Journal } from './journal.js';
import { versionUri } from '../../core/version-uri.js';

export function removed(run: string, journal: Journal | undefined, out: string): RecoveryReport {
  const what = journal?.target === undefined ? '' : ` of ${versionUri(journal.target)}`;
  const message = `${runText(run, journal)} ended without cleaning up; its unfinished files${what} were removed from ${out}.`;
  return { kind: 'removed', run, message, ...(journal?.note && { note: journal.note }) };
}

export function removalFinished(run: string, journal: Journal | undefined, out: string): RecoveryReport {
  const message = `${runText(run, journal)} was killed while it removed its staging folder; the rest was removed from ${out}.`;
  return { kind: 'removed', run, message };
}

export function versionChanged(
  run: string,
  journal: Journal,
  uri: string,
  announcements: AnnouncementFile,
): RecoveryReport {
  const message =
    `${runText(run, journal)} was killed when it had made ${uri}, which was changed or removed since then; ` +
    `so its lines were not written to ${announcements.name}.`;
  return { kind: 'removed', run, message };
}

export function completed(
  run: string,
  {
    journal,
    uri,
    lines,
    announcements,
  }: {
    readonly journal: Journal;
    readonly uri: string;
    readonly lines: number;
    readonly announcements: AnnouncementFile;
  },
): RecoveryReport {
  const outcome =
    lines === 0
      ? 'its staging folder was removed'
      : `the missing ${lines === 1 ? 'line of' : `${lines} lines of`} ${announcements.name} ${lines === 1 ? 'was' : 'were'} written now`;
  return {
    kind: 'completed',
    run,
    message: `${runText(run, journal)} was killed when ${uri} was complete; ${outcome}.`,
  };
}

export function living(run: string, journal: Journal | undefined, processes: Processes): RecoveryReport {
  const what = journal?.target === undefined ? 'working' : `making ${versionUri(journal.target)}`;
  const inSight = journal !== undefined && processes.liveness(journal.process) === 'living';
  const message = inSight
    ? `${runText(run, journal)} is ${what} in the same outputs folder; left alone.`
    : `${runText(run, journal)} may still be ${what} in the same outputs folder; left alone. ` +
      'If it was killed, a run that starts two minutes later cleans up after it.';
  return { kind: 'living', run, message };
}

export function failed(run: string, message: string): RecoveryReport {
  return { kind: 'failed', run, message: `Run ${run} ended without cleaning up, and ${message}.` };
}

export function notOurs(run: string, path: string): RecoveryReport {
  return { kind: 'failed', run, message: `${path} was not made by a run, and was left alone.` };
}

function runText(run: string, journal: Journal | undefined): string {
  if (journal === undefined) return `Run ${run}`;
  const { host, pid } = journal.process;
  return `Run ${run} (started ${journal.startedAt}, process ${pid} on ${host})`;
}
