import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type PostgresServer, startPostgres } from './postgres.js';

/** A server, and another one that follows its log. */
export interface ServerPair {
  readonly primary: PostgresServer;
  readonly standby: PostgresServer;
  stop(): Promise<void>;
}

/** @param settings of the primary; the standby's own */
export async function startWithStandby(settings: {
  readonly both?: Readonly<Record<string, string>>;
  readonly standby?: Readonly<Record<string, string>>;
}): Promise<ServerPair> {
  // Not in the user's own temporary folder: the server runs under another account when the tests run as root.
  const base = mkdtempSync('/tmp/tidemark-standby-');
  execFileSync('chmod', ['755', base]);
  const folders = { primary: join(base, 'primary'), standby: join(base, 'standby') };
  const first = await startPostgres({ folder: folders.primary });
  await first.stop();
  // A standby is a copy of the primary's data that follows the primary's log.
  execFileSync('cp', ['-a', folders.primary, folders.standby]);
  const data = join(folders.standby, 'data');
  execFileSync('cp', ['-a', join(data, 'PG_VERSION'), join(data, 'standby.signal')]);
  execFileSync('sed', ['-i', `s|${folders.primary}|${folders.standby}|g`, join(data, 'postgresql.conf')]);
  const primary = await startPostgres({
    folder: folders.primary,
    settings: { ...settings.both },
    hba: ['host all all 127.0.0.1/32 trust', 'host replication all 127.0.0.1/32 trust'],
  });
  const standby = await startPostgres({
    folder: folders.standby,
    settings: {
      ...settings.both,
      primary_conninfo: `host=127.0.0.1 port=${primary.port} user=postgres`,
      ...settings.standby,
    },
  });
  return {
    primary,
    standby,
    stop: async () => {
      await standby.stop();
      await primary.stop();
      rmSync(base, { recursive: true, force: true });
    },
  };
}
