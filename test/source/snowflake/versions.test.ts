import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { variables } from '../../../src/source/snowflake/connection/settings/origins.js';
import { snowflake } from '../../../src/source/snowflake/description.js';
import { tableRows } from '../../support/markdown-table.js';

const textOf = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
const { peerDependencies, devDependencies } = JSON.parse(textOf('package.json')) as Readonly<
  Record<'peerDependencies' | 'devDependencies', Readonly<Record<string, string>>>
>;
const page = textOf('docs/databases/snowflake.md');

describe("what is installed for Snowflake's client", () => {
  it.each(['docs/databases/snowflake.md', 'examples/snowflake/README.md'])(
    '%s: the versions that are tested',
    (path) => {
      const lines = [...textOf(path).matchAll(/npm install .*/g)].join('\n');
      const found = [...lines.matchAll(/(snowflake-sdk|smol-toml)@(\d[\d.]*)/g)];
      expect(found.length).toBeGreaterThan(0);
      for (const [, name, version] of found) {
        expect(version).toBe(devDependencies[name!]);
        expect(peerDependencies[name!]).toContain(`^${version!.split('.')[0]}.`);
      }
    },
  );
});

describe('the page about Snowflake', () => {
  const rows = tableRows(page, 'variable | value | Secret in Valohai');
  const named = rows.flatMap(([names, , secret]) =>
    names!
      .replaceAll('`', '')
      .split(', ')
      .map((name) => [name, secret !== 'no'] as const),
  );

  it('has every variable that is looked at', () => {
    const inFile = ['SNOWFLAKE_DEFAULT_CONNECTION_NAME', 'SNOWFLAKE_HOME'];
    expect(named.map(([name]) => name).sort()).toEqual([...Object.values(variables).flat(), ...inFile].sort());
    for (const [name] of named) expect([name, snowflake.ownsVariable(name)]).toEqual([name, true]);
  });

  it('says of the same ones as the source that they are secret', () => {
    expect(named.flatMap(([name, isSecret]) => (isSecret ? [name] : [])).sort()).toEqual(
      [...snowflake.secretVariables].sort(),
    );
  });
});
