import type { SourceModule } from '../core/source.js';

/** Sources by kind, loaded on first use, so that nobody pays for a database client that is not needed. */
const loaders = {
  postgres: () => import('../source/postgres/source.js'),
} as const;

export type SourceKind = keyof typeof loaders;

export function loadSource(kind: SourceKind): Promise<SourceModule> {
  return loaders[kind]();
}
