import { expect, it } from 'vitest';
import type { RowGroupEncoder } from '../../src/core/shard.js';
import type { RowGroupDecoder, TablePlan } from '../../src/core/source.js';
import { Toolbox } from '../../src/lane/table-tools.js';

it('a thread keeps the tools of few tables, and makes those of others again', async () => {
  let made = 0;
  const tables = Array.from({ length: 300 }, (_, i) => ({ name: `t${i}`, columns: [] })) as unknown as TablePlan[];
  const toolbox = new Toolbox(
    { tables, misfits: { misfit: 'fail', infinity: 'misfit' } },
    { createDecoder: () => ({ number: (made += 1) }) as unknown as RowGroupDecoder },
    { encoder: () => Promise.resolve({} as RowGroupEncoder) },
  );
  const first = await toolbox.toolsOf(0);
  const second = await toolbox.toolsOf(1);
  expect(await toolbox.toolsOf(0)).toBe(first);
  await toolbox.toolsOf(2);
  expect(await toolbox.toolsOf(0)).toBe(first);
  expect(await toolbox.toolsOf(1)).not.toBe(second);
  toolbox.discard(1);
  await toolbox.toolsOf(1);
  expect(made).toBe(5);
});
