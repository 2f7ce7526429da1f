import { startPostgres } from './server.js';
import { runSqlFile } from './sql.js';
import type { Stage } from './stage.js';

export async function postgresStage(): Promise<Stage> {
  const server = await startPostgres();
  const { host, port, url, version, stop } = server;
  return {
    ...{ host, port, url, stop, title: `PostgreSQL ${version}`, composed: true },
    form: 'postgres://USER@HOST/DATABASE',
    fill: (rows, signal) => runSqlFile(server, 'customer_data.sql', signal, { 'tidemark.rows': String(rows) }),
    change: (signal) => runSqlFile(server, 'customer_data_next_quarter.sql', signal),
  };
}
