import { serverAccount } from './account.js';
import { mysqlBinaries } from './mysql-binaries.js';
import { startMysql } from './mysql-server.js';
import { runMysqlFile } from './mysql-sql.js';
import type { Stage } from './stage.js';

export async function mysqlStage(): Promise<Stage> {
  const binaries = mysqlBinaries();
  const account = await serverAccount(binaries.brand, ['mysql', 'nobody']);
  const server = await startMysql({ binaries, account });
  const { host, port, user, stop } = server;
  return {
    ...{ host, port, stop, title: `${binaries.brand} ${binaries.version}`, composed: false },
    url: `mysql://${user}@${host}:${port}/demo`,
    form: 'mysql://USER@HOST/DATABASE',
    fill: (rows, signal) => runMysqlFile(server, 'customer_data.mysql.sql', signal, rows),
    change: (signal) => runMysqlFile(server, 'customer_data_next_quarter.mysql.sql', signal),
  };
}
