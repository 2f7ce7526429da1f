import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { packageFile } from '../../machine/package-file.js';
import type { PostgresServer } from './server.js';

export const sqlFolder = join(dirname(packageFile('#package')), 'fixtures/sql');

/** What a statement did: its first word, and how many rows it touched. */
export interface StatementResult {
  readonly command: string;
  readonly rowCount: number | null;
}

/** Runs one of the SQL files of fixtures/sql, as psql would. The signal ends its connection, and so the file. */
export async function runSqlFile(
  server: PostgresServer,
  file: string,
  signal: AbortSignal,
  settings: Readonly<Record<string, string>> = {},
): Promise<StatementResult[]> {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: server.url, application_name: 'tidemark demo' });
  client.on('error', () => undefined);
  const end = (): void => void client.end();
  await client.connect();
  signal.addEventListener('abort', end, { once: true });
  try {
    signal.throwIfAborted();
    for (const pair of Object.entries(settings))
      await client.query('SELECT pg_catalog.set_config($1, $2, false)', pair);
    const results: unknown = await client.query(await readFile(join(sqlFolder, file), 'utf8'));
    return results as StatementResult[];
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', end);
    await client.end();
  }
}
