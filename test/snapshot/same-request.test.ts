import { describe, expect, it } from 'vitest';
import { differenceOf } from '../../src/snapshot/same-request.js';

const command =
  "tidemark snapshot --table orders --mask 'e mail=hash' --query 'SELECT '\\'' --table x' --csv-header --dataset dataset://d/1";

describe('what two commands ask for', () => {
  it.each([
    ['the same', command, undefined],
    ['by another name of the server', command.replace('snapshot', "snapshot --source 'postgres://a b/c'"), undefined],
    [
      'another value',
      command.replace('=hash', '=redact'),
      { there: "--mask 'e mail=hash'", here: "--mask 'e mail=redact'" },
    ],
    ['one more value', `${command} --table other`, { there: '--table orders', here: '--table orders --table other' }],
    ['a switch', command.replace(' --csv-header', ''), { there: '--csv-header', here: 'no --csv-header' }],
    [
      'another text that holds what looks like a flag',
      command.replace('--table x', '--table y'),
      { there: "--query 'SELECT '\\'' --table x'", here: "--query 'SELECT '\\'' --table y'" },
    ],
    [
      'another command',
      command.replace('snapshot', 'adopt /files'),
      { there: 'tidemark snapshot', here: 'tidemark adopt /files' },
    ],
  ])('%s', (_, other, difference) => {
    expect(differenceOf(command, other)).toEqual(difference);
  });

  it('is cut where it is long', () => {
    const long = `tidemark snapshot --query '${'x'.repeat(1000)}'`;
    expect(differenceOf(long, 'tidemark snapshot')!.there).toMatch(/^--query 'x{111}…$/);
  });
});
