import { TidemarkError } from '../../../core/errors.js';
import type { PgConnection } from '../../postgres-protocol/connection.js';
import { withoutWaiting } from './lock-budget.js';

/**
 * Does what takes locks. Where they are held, gives the transaction up, with all locks that it has, and says who holds them.
 * @param wanted for the message: `taking the snapshot`
 */
export async function namingLockHolders<T>(
  connection: PgConnection,
  wanted: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const failure = TidemarkError.from(error);
    if (failure.code !== 'source.locked') throw failure;
    const holders = await askBriefly(connection);
    throw new TidemarkError('source.locked', `${wanted}: ${holders ?? failure.message}`, {
      cause: failure,
      hint: 'Run again when that has ended, or wait for it longer: --lock-wait 10m.',
    });
  }
}

/** It may be the catalog that is locked. */
async function askBriefly(connection: PgConnection): Promise<string | undefined> {
  await connection.query(`ROLLBACK; BEGIN READ ONLY; SET LOCAL lock_timeout = ${withoutWaiting}`);
  try {
    return await lockHolders(connection);
  } catch (error) {
    if (TidemarkError.from(error).code === 'source.locked') return undefined;
    throw error;
  } finally {
    await connection.query('ROLLBACK').catch(() => undefined);
  }
}

/** What is told of a session: what it runs is not, since values may stand in it. */
interface Session {
  readonly pid: number;
  readonly application: string | null;
  readonly user: string | null;
  /** Since its transaction began. */
  readonly seconds: number | null;
}

interface ExclusiveLock extends Session {
  readonly relation: string;
  readonly granted: boolean;
  /** Whom it waits for. */
  readonly behind: readonly Session[] | null;
}

const sessionFields = (activity: string): string =>
  `${activity}.application_name AS application, ${activity}.usename AS "user",
   EXTRACT(epoch FROM pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) ${activity}.xact_start)::pg_catalog.int4 AS seconds`;

/**
 * The sessions that hold a relation of this database exclusively or wait to, and then those behind which they wait, in words:
 * each keeps readers out. Undefined where none is seen.
 */
async function lockHolders(connection: PgConnection): Promise<string | undefined> {
  const rows = await connection.query<ExclusiveLock>(
    `SELECT l.pid, l.relation::pg_catalog.regclass::pg_catalog.text AS relation, pg_catalog.bool_or(l.granted) AS granted,
            ${sessionFields('a')},
            (SELECT pg_catalog.json_agg(s) FROM (
               SELECT b.pid, ${sessionFields('o')}
                 FROM (SELECT DISTINCT x.pid FROM pg_catalog.unnest(pg_catalog.pg_blocking_pids(l.pid)) AS x(pid)) b
                 LEFT JOIN pg_catalog.pg_stat_activity o ON o.pid OPERATOR(pg_catalog.=) b.pid
                WHERE NOT pg_catalog.bool_or(l.granted)) s) AS behind
       FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) l.relation
       LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid OPERATOR(pg_catalog.=) l.pid
      WHERE l.mode OPERATOR(pg_catalog.=) 'AccessExclusiveLock'
        AND l.pid OPERATOR(pg_catalog.<>) pg_catalog.pg_backend_pid()
        AND c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p,v,m,f}'::pg_catalog."char"[])
        AND l.database OPERATOR(pg_catalog.=) (SELECT oid FROM pg_catalog.pg_database
                                                WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database())
      GROUP BY l.pid, l.relation, a.application_name, a.usename, a.xact_start
      ORDER BY l.pid, l.relation`,
  );
  return rows.length === 0 ? undefined : rows.map(lockText).join('; ');
}

function lockText({ relation, granted, behind, ...session }: ExclusiveLock): string {
  const open = session.seconds === null ? '' : `, its transaction is open for ${session.seconds} s`;
  if (granted) return `${sessionText(session)} holds ${relation} exclusively${open}`;
  const waits = `${sessionText(session)} waits to lock ${relation} exclusively`;
  return behind === null ? waits : `${waits}, behind ${behind.map(sessionText).join(' and ')}`;
}

function sessionText({ pid, application, user }: Session): string {
  return `pid ${pid}${application ? ` (${application})` : ''}${user === null ? '' : ` of user ${user}`}`;
}
