import { execa } from 'execa';
import { expect, it } from 'vitest';
import { pastedWord, shellWord, wordsOfCommand } from '../../src/core/shell-word.js';

const words = [
  'plain',
  "it's",
  'a\nb',
  "SELECT 'x'\n  FROM t -- it's\n\tWHERE a = '\\n'",
  'bell\u0007 and 7',
  'C1 \u0085 and \u202e turned',
  '$HOME `id` $(id) "q" !x * ~',
  '\\',
  "\\'\n",
  '',
  '\r\n',
  'é\n𝄞',
];

it.each(words)('%j is pasted as it is, on one line', async (word) => {
  const pasted = pastedWord(word);
  expect(pasted).not.toMatch(/[\p{Cc}\u202e]/u);
  const { stdout } = await execa('bash', ['-c', `printf %s ${pasted}`], { stripFinalNewline: false });
  expect(stdout).toBe(word);
});

it('a command is taken apart as a shell does it', async () => {
  const command = words.map(shellWord).join(' ');
  expect(wordsOfCommand(command)).toEqual(words);
  const { stdout } = await execa('sh', ['-c', `printf '%s\\0' ${command}`], { stripFinalNewline: false });
  expect(stdout.split('\0').slice(0, -1)).toEqual(words);
});
