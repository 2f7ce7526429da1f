import type { TestProject } from 'vitest/node';
import { type PostgresServer, type SharedServer, startPostgres } from './postgres.js';

declare module 'vitest' {
  interface ProvidedContext {
    postgres18: SharedServer;
    postgres14: SharedServer;
  }
}

/** The newest and the oldest PostgreSQL that is supported, one server each for all test files. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [postgres18, postgres14] = await Promise.all([startPostgres({ version: 18 }), startPostgres({ version: 14 })]);
  project.provide('postgres18', shared(postgres18));
  project.provide('postgres14', shared(postgres14));
  return async () => {
    await Promise.all([postgres18.stop(), postgres14.stop()]);
  };
}

function shared({ url, host, port, user, version, socketFolder }: PostgresServer): SharedServer {
  return { url, host, port, user, version, socketFolder };
}
