import { expect, it } from 'vitest';
import { castNote, columnFlag, optionName } from '../../src/core/option-name.js';
import { keyFault } from '../../src/core/key-columns.js';

it.each([
  ['price', 'price', '--cast price=text', '--cast price=decimal(p,s)'],
  ['a=b', '"a=b"', `--cast '"a=b"=text'`, `--cast '"a=b"=decimal(p,s)'`],
  ['a,b', '"a,b"', `--cast '"a,b"=text'`, `--cast '"a,b"=decimal(p,s)'`],
  ['a ', '"a "', `--cast '"a "=text'`, `--cast '"a "=decimal(p,s)'`],
  ['q"q', '"q""q"', `--cast '"q""q"=text'`, `--cast '"q""q"=decimal(p,s)'`],
  ["it's", "it's", `--cast 'it'\\''s=text'`, `--cast 'it'\\''s=decimal(p,s)'`],
  ['two words', 'two words', `--cast 'two words=text'`, `--cast 'two words=decimal(p,s)'`],
])('%j can be given', (name, given, flag, note) => {
  expect(optionName(name)).toBe(given);
  expect(columnFlag('cast', name, 'text')).toBe(flag);
  expect(castNote(name, 'decimal(p,s)')).toBe(note);
});

it('a float that is to be a key is cast in words that all databases have', () => {
  expect(keyFault({ name: 'f', type: { kind: 'float', bits: 64 } })?.hint).toContain('CAST(f AS DECIMAL(20,2))');
});
