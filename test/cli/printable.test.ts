import { expect, test } from 'vitest';
import { labelled } from '../../src/cli/columns.js';
import { printable } from '../../src/cli/printable.js';

test.each([
  ['red \u001b[31m', 'red \\u001b[31m'],
  ['title \u001b]0;x\u0007', 'title \\u001b]0;x\\u0007'],
  ['next line \u0085 turned \u202e', 'next line \\u0085 turned \\u202e'],
  ['tab\tand return\r', 'tab\\u0009and return\\u000d'],
  ['none\u200b\ufeffwide', 'none\\u200b\\ufeffwide'],
  ['of two\nlines', 'of two\nlines'],
  ['ä 東京 🎉 "quotes" \\', 'ä 東京 🎉 "quotes" \\'],
])('%j is printed as %j', (text, printed) => {
  expect(printable(text)).toBe(printed);
});

test('a label is one line, whatever a column is called', () => {
  expect(labelled([['a\nb', 'of two\nlines']])).toEqual(['  a\\u000ab  of two', `${' '.repeat(12)}lines`]);
});
