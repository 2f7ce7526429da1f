import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, inject, it } from 'vitest';
import { freshDatabase } from '../servers/postgres.js';
import { tidemark } from './run-cli.js';

it('numbers of the YAML file and of variables reach the server, the command and the metadata as they are written', async () => {
  const database = await freshDatabase(inject('postgres18'));
  const folder = await mkdtemp(path.join(tmpdir(), 'tidemark-numbers-'));
  const yaml = [
    "query: SELECT 1 AS found WHERE :id::text = '9007199254740993' AND :rate::text = '1.10' AND :pin::text = '1e3'",
    'param: {id: 9007199254740993, rate: 1.10}',
    'property: {limit: 9007199254740993, step: 0.50, count: 3}',
    'dataset: dataset://numbers/1',
  ];
  await writeFile(path.join(folder, 'tidemark.yaml'), yaml.join('\n'));
  const env = { TIDEMARK_SOURCE: database.url, TIDEMARK_SECRET_PARAM: '{"pin": 1e3}' };
  const { exitCode, stdout, stderr } = await tidemark(['snapshot', '--json'], { cwd: folder, env });
  expect(exitCode, String(stderr)).toBe(0);
  expect(JSON.parse(String(stdout))).toMatchObject({ rows: 1 });

  const out = path.join(folder, 'outputs');
  const manifest = await readFile(path.join(out, 'numbers/1/_manifest.1.json'), 'utf8');
  expect(manifest).toContain('--param id=9007199254740993 --param rate=1.10 --secret-param pin');
  const [line] = (await readFile(path.join(out, 'valohai.metadata.jsonl'), 'utf8')).split('\n');
  const { metadata } = JSON.parse(line!) as { metadata: object };
  expect(metadata).toMatchObject({ limit: '9007199254740993', step: '0.50', count: 3 });
  await rm(folder, { recursive: true });
  await database.drop();
});
