import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { publishSteps } from '../../../src/destination/folder/publish.js';
import { outputs, recoverLater } from './one-shard.js';
import { Run, expectPromise, leftovers, linesOf, newFolder, tree } from './outputs.js';

const others = '{"file":"model.onnx","metadata":{"valohai.tags":["mine"]}}\nnot json at all\n';
const uri = 'dataset://sales/2024-q1';
const request = { dataset: 'sales', version: '2024-q1', run: 'first' };

const points = ['opened', 'writing', 'written', ...publishSteps] as const;
const appearsAt = publishSteps.indexOf('version-renamed');
const appeared = (point: string): boolean => (publishSteps as readonly string[]).indexOf(point) >= appearsAt;

describe('a run killed with SIGKILL', () => {
  it.each(points)('at %s: the promise holds, before and after recovery', async (killAt) => {
    const out = newFolder();
    writeFileSync(join(out, 'valohai.metadata.jsonl'), others);
    expect((await new Run({ ...request, out, killAt }).ended()).signal).toBe('SIGKILL');

    const named = expectPromise(out, others);
    const namesIt = publishSteps.indexOf('announced');
    expect(named).toEqual((publishSteps as readonly string[]).indexOf(killAt) >= namesIt ? [uri] : []);

    const reports = await outputs(out).recover();
    expect(reports).toEqual([
      { kind: appeared(killAt) ? 'completed' : 'removed', run: 'first', message: expect.stringContaining(uri) },
    ]);
    expect(reports[0]!.message).toMatch(/^Run first \(started .+, process \d+ on .+\)/);
    expect(leftovers(out)).toEqual([]);
    expect(expectPromise(out, others)).toEqual(appeared(killAt) ? [uri] : []);
    expect(linesOf(out, uri)).toBe(appeared(killAt) ? 4 : 0);
    if (!appeared(killAt)) expect(tree(out)).toEqual({ 'valohai.metadata.jsonl': others });
    expect(await outputs(out).recover()).toEqual([]);
  });

  it.each(['announcement-staged', 'version-renamed'])(
    'at %s: the next run cleans up by itself, although the dead one holds the lock',
    async (killAt) => {
      const out = newFolder();
      await new Run({ ...request, out, killAt }).ended();
      const next = new Run({ ...request, out, version: '2024-q2', run: 'second', recover: true });
      expect((await next.ended()).last).toHaveProperty('published');
      expect(next.events[0]!.recovered).toHaveLength(1);
      expect(leftovers(out)).toEqual([]);
      expect(expectPromise(out)).toEqual(
        appeared(killAt) ? [uri, 'dataset://sales/2024-q2'] : ['dataset://sales/2024-q2'],
      );
    },
  );

  it('at any other moment: the promise holds too', { timeout: 240_000 }, async () => {
    const outcomes = new Set<string>();
    const out = newFolder();
    writeFileSync(join(out, 'valohai.metadata.jsonl'), others);
    for (let round = 0; round < 24; round += 1) {
      const run = new Run({
        out,
        dataset: 'sales',
        version: `v${round}`,
        run: `r${round}`,
        shards: 150,
        wait: 'written',
      });
      await run.waiting;
      run.goOn();
      await new Promise((resolve) => setTimeout(resolve, round * 2));
      run.kill();
      await run.ended();
      expectPromise(out, others);
      const [report] = await outputs(out).recover();
      outcomes.add(report?.kind ?? 'done');
      expect(leftovers(out)).toEqual([]);
      const named = expectPromise(out, others).includes(`dataset://sales/v${round}`);
      expect(linesOf(out, `dataset://sales/v${round}`)).toBe(named ? 151 : 0);
    }
    expect(outcomes).toContain('removed');
  });

  it('during recovery: the next recovery finishes it', async () => {
    const out = newFolder();
    await new Run({ ...request, out, killAt: 'manifest-staged', shards: 400 }).ended();
    const script = `import { connectFolder } from '${new URL('../../../dist/destination/folder/connect.js', import.meta.url).href}';
      import { thisMachine } from '${new URL('../../../dist/machine/machine.js', import.meta.url).href}';
      import { valohaiAnnouncements } from '${new URL('../../../dist/manifest/valohai.js', import.meta.url).href}';
      process.stdout.write('go'); await connectFolder(thisMachine, process.argv[1], valohaiAnnouncements).recover();`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, out]);
    await once(child.stdout, 'data');
    await new Promise((resolve) => setTimeout(resolve, 12));
    child.kill('SIGKILL');
    await once(child, 'close');
    expectPromise(out);
    // It may have died before anything said whose its own folder is.
    await recoverLater(out);
    expect(tree(out)).toEqual({});
  });
});
