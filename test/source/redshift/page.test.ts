import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { variables } from '../../../src/source/redshift/connection/settings.js';
import { redshift } from '../../../src/source/redshift/description.js';
import { tableRows } from '../../support/markdown-table.js';

const textOf = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
const page = textOf('docs/databases/redshift.md');

describe('the page about Redshift', () => {
  it('has the versions of the clients that are tested', () => {
    const { devDependencies } = JSON.parse(textOf('package.json')) as Record<'devDependencies', Record<string, string>>;
    const texts = [page, textOf('examples/redshift/README.md')];
    const found = texts.flatMap((text) => [...text.matchAll(/(@aws-sdk\/[\w-]+)@(\d[\d.]*)/g)]);
    expect(found.length).toBeGreaterThan(3);
    for (const [, name, version] of found) expect(version).toBe(devDependencies[name!]);
  });

  it('has every variable that is looked at, and says which are secret', () => {
    const rows = tableRows(page, 'variable | value | Secret in Valohai');
    const named = rows.flatMap(([names, , secret]) =>
      names!
        .replaceAll('`', '')
        .split(', ')
        .map((name) => [name, secret !== 'no'] as const),
    );
    expect(named.map(([name]) => name).sort()).toEqual(Object.values(variables).sort());
    for (const [name, isSecret] of named)
      expect([name, redshift.ownsVariable(name), redshift.secretVariables.includes(name)]).toEqual([
        name,
        true,
        isSecret,
      ]);
  });
});
