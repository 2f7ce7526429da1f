import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from '../../source/postgres/connect.js';
import type { PostgresServer } from './server.js';

const folder = join(import.meta.dirname, '../../../fixtures/sql');

/** What a statement did: its first word, and how many rows it touched. */
export interface StatementResult {
  readonly command: string;
  readonly rowCount: number | null;
}

/** Runs one of the SQL files of fixtures/sql, as psql would. */
export async function runSqlFile(
  server: PostgresServer,
  file: string,
  signal: AbortSignal,
  settings: Readonly<Record<string, string>> = {},
): Promise<StatementResult[]> {
  const host = { host: server.host, port: server.port, sslMode: 'disable', password: server.password } as const;
  const connection = await connect(
    {
      hosts: [host],
      database: server.database,
      user: server.user,
      tls: {
        negotiation: 'postgres',
        channelBinding: 'disable',
        roots: undefined,
        certificate: undefined,
        key: undefined,
        keyPassword: undefined,
      },
      connectTimeout: 10_000,
      applicationName: 'tidemark demo',
      options: undefined,
      warnings: [],
    },
    { signal },
  );
  try {
    for (const pair of Object.entries(settings)) await connection.query('SELECT set_config($1, $2, false)', pair);
    const sql = await readFile(join(folder, file), 'utf8');
    const results: unknown = await connection.run(() => connection.client.query(sql), { doing: `running ${file}` });
    return results as StatementResult[];
  } finally {
    await connection.close();
  }
}
