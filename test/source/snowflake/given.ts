import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { TidemarkError } from '../../../src/core/errors.js';
import { emptyFolder } from '../../support/cli.js';

/** What is said of a request that cannot be meant. */
export function refusalOf(action: () => unknown): { readonly message: string; readonly hint: string } {
  try {
    action();
  } catch (thrown) {
    expect(thrown).toMatchObject({ name: 'TidemarkError', code: 'request.invalid' });
    const { message, hint = '' } = thrown as TidemarkError;
    return { message, hint };
  }
  throw new Error('nothing is refused');
}

/** A home folder whose connections.toml reads so. */
export function homeWith(text: string): string {
  const home = emptyFolder('home');
  mkdirSync(join(home, '.snowflake'));
  writeFileSync(join(home, '.snowflake', 'connections.toml'), text);
  return home;
}

export function fileWith(text: string): string {
  const path = join(emptyFolder('file'), 'file');
  writeFileSync(path, text);
  return path;
}
