import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { installedLanePorts, type LanePorts } from '../../src/lane/ports.js';
import { laneHere } from '../../src/lane/running-lane.js';
import { readOptions, resolvePlan } from '../../src/snapshot/options.js';
import { installedPorts, type Ports } from '../../src/snapshot/ports.js';
import { runSnapshot } from '../../src/snapshot/snapshot.js';
import { verifyVersion } from '../../src/version/verify/index.js';
import { queryDuckdb } from '../readers/duckdb.js';
import { plainContext } from '../snapshot/options/context.js';
import { emptyFolder } from '../support/cli.js';
import { arrowSource, rowOf } from './arrow-source.js';
import { MemoryDestination } from './memory-destination.js';

/** Makes version `dataset://numbers/v1` of `rows` rows in memory, in this thread. */
async function makeVersion(lanes: number, perBatch: number, rows: number): Promise<MemoryDestination> {
  const memory = new MemoryDestination();
  const lanePorts: LanePorts = {
    ...installedLanePorts,
    loadSource: async () => arrowSource(rows, 6000, perBatch),
    openObjects: async ({ ticket }) => memory.openObjects(ticket),
  };
  const ports: Ports = {
    ...installedPorts,
    ...lanePorts,
    destinationOf: () => memory,
    startLane: laneHere(lanePorts),
  };
  const library = { source: 'postgres://u@h/d', table: 'numbers', dataset: 'dataset://numbers/v1', lanes };
  const context = plainContext();
  const plan = await resolvePlan(await readOptions({ library, configFile: false }, context), context);
  const signal = new AbortController().signal;
  const result = await runSnapshot({ ...plan, sourceKind: 'arrow', out: 'memory:' }, { signal, ports });
  expect(result).toMatchObject({ rows, location: 'memory:/numbers/v1' });
  return memory;
}

it('a source of Arrow batches and a destination in memory make a version, in one thread', async () => {
  const { files } = await makeVersion(2, 777, 20_000);
  const folder = emptyFolder('memory');
  for (const [location, bytes] of files) {
    const path = join(folder, location.replace('memory:/', ''));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
  }
  expect(await verifyVersion(folder)).toMatchObject({ valid: true, findings: [], rows: 20_000, files: 1 });
  const [n, word] = await queryDuckdb(`SELECT n, word FROM read_parquet('${folder}/numbers/v1/*.parquet')`);
  const expected = Array.from({ length: 20_000 }, (_, i) => rowOf(i));
  expect(n!.values).toEqual(expected.map((row) => String(row.n)));
  expect(word!.values).toEqual(expected.map((row) => row.word));
});
