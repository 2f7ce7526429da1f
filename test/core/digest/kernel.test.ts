import { execa } from 'execa';
import { test } from 'vitest';

test('the kernel that is committed is its source, compiled', async () => {
  await execa('node', ['scripts/kernel.mjs', '--check'], {
    cwd: new URL('../../../', import.meta.url),
    stdin: 'ignore',
  });
});
