import { describe, inject } from 'vitest';
import type { SharedMariadb } from './mariadb.js';

/** Tests that need MariaDB; where there is none they are skipped, and say why. */
export function withMariadb(name: string, tests: (server: SharedMariadb) => void): void {
  const found = inject('mariadb');
  if ('missing' in found) describe.skip(`${name} (skipped: ${found.missing})`, () => tests({} as SharedMariadb));
  else describe(name, () => tests(found.server));
}
