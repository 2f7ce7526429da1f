import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const textOf = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
const { peerDependencies, devDependencies } = JSON.parse(textOf('package.json')) as Readonly<
  Record<'peerDependencies' | 'devDependencies', Readonly<Record<string, string>>>
>;

describe("what is installed for BigQuery's client", () => {
  it.each(['docs/databases/bigquery.md', 'examples/bigquery/README.md'])(
    '%s: the packages that are tested, of the majors that are allowed',
    (path) => {
      const [line = ''] = /npm install .*@google-cloud.*/.exec(textOf(path)) ?? [];
      const found = [...line.matchAll(/(\S+)@(\d\S+)/g)].map(([, name, version]) => [name!, version!] as const);
      const googles = Object.keys(peerDependencies).filter((name) => /google|grpc/.test(name));
      expect(found).toEqual(googles.map((name) => [name, devDependencies[name]]));
      for (const [name, version] of found) expect(peerDependencies[name]).toContain(`^${version.split('.')[0]}.`);
    },
  );
});
