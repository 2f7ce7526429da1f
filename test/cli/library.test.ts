import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as library from '../../src/index.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tidemark-library-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('the library', () => {
  it('exports what it documents', () => {
    const functions = [
      'TidemarkError',
      'adopt',
      'compact',
      'delta',
      'diff',
      'find',
      'digestOf',
      'plan',
      'profile',
      'register',
      'show',
      'snapshot',
      'verify',
      'verifyAgainst',
      'writeParquet',
    ];
    expect(Object.keys(library).sort()).toEqual([...functions, 'exitCodes'].sort());
  });

  it.each([
    ['snapshot', () => library.snapshot({ table: 't' }, { env: {}, cwd: folder }), /dataset is missing/],
    [
      'plan',
      () => library.plan({ table: 't', dataset: 'd' }, { env: {}, cwd: folder }),
      /^dataset: "d" is not allowed/,
    ],
    ['verify', () => library.verify(folder), /holds no version/],
    ['show', () => library.show(folder), /holds no version/],
    [
      'adopt',
      () => library.adopt(folder, { dataset: 'dataset://d/1' }, { env: {} }),
      /no file below .* ends in \.parquet/,
    ],
    ['compact', () => library.compact(folder), /holds no version/],
    ['delta', () => library.delta(folder), /holds no version/],
    ['find', () => library.find(folder, { id: '1' }), /holds no version/],
    ['diff', () => library.diff(folder, folder), /holds no version/],
    ['verifyAgainst', () => library.verifyAgainst(folder, 'postgres://localhost/x'), /holds no version/],
    ['register', () => library.register(folder, { env: {} }), /there is no token/],
  ])('%s throws errors of one class', async (_, call, message) => {
    const error = await call().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(library.TidemarkError);
    expect(error).toMatchObject({ code: 'request.invalid', exitCode: 2, message: expect.stringMatching(message) });
  });

  it('reads a YAML file only where one is named, below its own options', async () => {
    await writeFile(path.join(folder, 'tidemark.yaml'), 'lanes: 0\nlimit: 0\n');
    const options = { table: 't', dataset: 'dataset://d/{nothing}', lanes: 3 };
    const message = (runtime: library.Runtime): Promise<string> =>
      library.plan(options, { env: {}, cwd: folder, ...runtime }).then(
        () => expect.unreachable(),
        (error: Error) => error.message,
      );
    expect(await message({})).not.toContain('limit');
    const named = await message({ configFile: 'tidemark.yaml' });
    expect(named).toContain('limit (tidemark.yaml, line 2, column 1)');
    expect(named).not.toContain('lanes');
  });

  it('takes variables from the environment that it is given', async () => {
    const call = library.plan(
      { dataset: 'dataset://d/1' },
      { env: { TIDEMARK_TABLE: 't', TIDEMARK_VIA: 'x' }, cwd: folder },
    );
    await expect(call).rejects.toMatchObject({ message: expect.stringContaining('TIDEMARK_VIA: "x" is not allowed') });
  });
});
