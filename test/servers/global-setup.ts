import type { TestProject } from 'vitest/node';
import { type MariadbServer, type MaybeMariadb, type SharedMariadb, startMariadb } from './mariadb.js';
import { findMariadb } from './mariadb-binaries.js';
import { type PostgresServer, type SharedServer, startPostgres } from './postgres.js';

declare module 'vitest' {
  interface ProvidedContext {
    postgres18: SharedServer;
    postgres14: SharedServer;
    mariadb: MaybeMariadb;
  }
}

/** The newest and the oldest PostgreSQL that is supported, and a MariaDB where there is one: one server each for all test files. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [postgres18, postgres14, mariadb] = await Promise.all([
    startPostgres({ version: 18 }),
    startPostgres({ version: 14 }),
    mariadbOrNone(),
  ]);
  project.provide('postgres18', shared(postgres18));
  project.provide('postgres14', shared(postgres14));
  project.provide('mariadb', 'missing' in mariadb ? mariadb : { server: sharedMariadb(mariadb) });
  return async () => {
    await Promise.all([postgres18.stop(), postgres14.stop(), 'missing' in mariadb ? undefined : mariadb.stop()]);
  };
}

async function mariadbOrNone(): Promise<MariadbServer | { readonly missing: string }> {
  const found = await findMariadb();
  if ('missing' in found) {
    console.error(`tests of MySQL and MariaDB are skipped: ${found.missing}`);
    return found;
  }
  return startMariadb(found.binaries);
}

function sharedMariadb({ host, port, socket, user }: MariadbServer): SharedMariadb {
  return { host, port, socket, user };
}

function shared({ url, host, port, user, version, socketFolder }: PostgresServer): SharedServer {
  return { url, host, port, user, version, socketFolder };
}
