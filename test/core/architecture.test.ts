import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);
const page = readFileSync(new URL('docs/architecture.md', root), 'utf8');
const files = [...page.matchAll(/`((?:src|docs|test)\/[^`]+\.\w+)`/g)].map((match) => match[1]!);

describe('docs/architecture.md', () => {
  it('names files', () => expect(files.length).toBeGreaterThan(25));

  it.each([...new Set(files)])('%s is there', (file) => {
    expect(existsSync(new URL(file, root))).toBe(true);
  });
});
