import { expect, it } from 'vitest';
import type { RowGroupEncoder } from '../../src/core/shard.js';
import type { RowGroupDecoder, TablePlan } from '../../src/core/source.js';
import type { Router } from '../../src/core/routing.js';
import { Toolbox } from '../../src/lane/table-tools.js';
import { WorkClock } from '../../src/lane/work-clock.js';

it('targets of one table share its tools, and routed tables do not, whatever their columns', async () => {
  let made = 0;
  const columns: TablePlan['columns'] = [];
  const tables = [1, 2, 3, 4].map((i) => ({ name: `t${i}`, columns })) as unknown as TablePlan[];
  const routes = [undefined, undefined, 'a', 'b'];
  const asked: unknown[] = [];
  const toolbox = new Toolbox(
    { tables, routes, misfits: { misfit: 'fail', infinity: 'misfit' }, digest: true },
    { createDecoder: () => ({ number: (made += 1) }) as unknown as RowGroupDecoder },
    { encoder: () => Promise.resolve({} as RowGroupEncoder) },
    {
      clock: new WorkClock(),
      routerOf: (route): Router => (asked.push(route), { route: () => ({ keys: [], of: new Int32Array(0) }) }),
    },
  );
  expect(await toolbox.toolsOf(0)).toBe(await toolbox.toolsOf(1));
  expect(await toolbox.toolsOf(2)).not.toBe(await toolbox.toolsOf(3));
  expect(asked).toEqual(['a', 'b']);
  expect(made).toBe(3);
});

it('a thread keeps the tools of few tables, and makes those of others again', async () => {
  let made = 0;
  const tables = Array.from({ length: 300 }, (_, i) => ({ name: `t${i}`, columns: [] })) as unknown as TablePlan[];
  const toolbox = new Toolbox(
    { tables, misfits: { misfit: 'fail', infinity: 'misfit' }, digest: true },
    { createDecoder: () => ({ number: (made += 1) }) as unknown as RowGroupDecoder },
    { encoder: () => Promise.resolve({} as RowGroupEncoder) },
    { clock: new WorkClock() },
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
