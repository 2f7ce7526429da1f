import type { SourceRequest } from '../../../core/source-request.js';
import type { ConnectOptions, MysqlConnection } from '../connection/connection.js';
import { worthSessions } from '../plan/range-size.js';
import type { Subject } from '../plan/table.js';
import { beginMoment, type Moment, moreSessions } from './moment.js';
import { keepsNoMoments } from './other-engines.js';
import type { ServerFacts } from './server.js';

interface Around {
  readonly server: ServerFacts;
  readonly subjects: readonly Subject[];
  readonly options: ConnectOptions;
  readonly request: SourceRequest;
}

/** Begins the moment in as many sessions as are of use for what is read. @throws source.* */
export async function momentOf(first: MysqlConnection, around: Around): Promise<Moment> {
  const { server, subjects, options, request } = around;
  // One more connection is needed for a moment, to lock the tables.
  const most = Math.max(1, Math.min(request.lanes ?? 1, server.freeSessions));
  if (request.consistency === 'none') {
    const others = await moreSessions(first, { count: most - 1, options, readCommitted: true });
    return {
      sessions: [first, ...others],
      certificate: { level: 'none', isolation: 'read committed, read only', serverTime: server.time },
    };
  }
  const whyOne = whyOneSession(subjects);
  const moment = await beginMoment(first, {
    options,
    server,
    count: whyOne === undefined && isWorth(subjects) ? most : 1,
    tables: subjects.flatMap(({ table }) => table?.sql ?? []),
    whyOne,
  });
  return (await keepsNoMoments(first, subjects))
    ? { ...moment, certificate: { ...moment.certificate, level: 'statement' } }
    : moment;
}

/** Whether there is much to read, in parts that several sessions can take. */
function isWorth(subjects: readonly Subject[]): boolean {
  if (subjects.some(({ request }) => request.limit !== undefined)) return false;
  const bytes = subjects.reduce((sum, { table }) => sum + (table?.bytes ?? 0), 0);
  return bytes >= worthSessions && (subjects.length > 1 || subjects.some(({ key }) => key?.key !== undefined));
}

/** What keeps several sessions from one moment, where they could be of use. */
function whyOneSession(subjects: readonly Subject[]): string | undefined {
  // What a query or view reads is not known, so that it cannot be locked.
  if (subjects.some(({ table }) => table === undefined || table.isView)) {
    return subjects.length === 1 ? undefined : 'queries and views are read too, of which it is not known what to lock';
  }
  const other = subjects.find(({ table }) => table!.engine !== 'InnoDB')?.table;
  return other && `${other.sql} is of the engine ${other.engine}, which keeps no moments`;
}
