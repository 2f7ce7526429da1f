import { expect, test } from 'vitest';
import { printable } from '../../src/cli/printable.js';

test.each([
  ['red \u001b[31m', 'red \\u001b[31m'],
  ['title \u001b]0;x\u0007', 'title \\u001b]0;x\\u0007'],
  ['next line \u0085 turned \u202e', 'next line \\u0085 turned \\u202e'],
  ['tab\tand return\r', 'tab\\u0009and return\\u000d'],
  ['of two\nlines', 'of two\nlines'],
  ['ä 東京 🎉 "quotes" \\', 'ä 東京 🎉 "quotes" \\'],
])('%j is printed as %j', (text, printed) => {
  expect(printable(text)).toBe(printed);
});
