import { createRequire } from 'node:module';

const { name, version } = createRequire(import.meta.url)('#package') as { name: string; version: string };

/** Name and version of this tool, as its package says. Together with plan and data they determine a version's bytes. */
export const tool = { name, version } as const;
