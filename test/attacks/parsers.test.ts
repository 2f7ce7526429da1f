import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { TidemarkError } from '../../src/core/errors.js';
import { parseBytes, parseDuration } from '../../src/core/units.js';
import { checkManifest } from '../../src/version/verify/manifest.js';
import { valohaiAnnouncements } from '../../src/manifest/valohai.js';
import { decodeWord, encodeWord } from '../../src/member/words.js';
import { parseConfig } from '../../src/snapshot/options/config-file.js';
import type { Problem } from '../../src/snapshot/options/problems.js';
import { splitVariable } from '../../src/snapshot/options/variable-items.js';
import { check } from '../../src/shard/parquet/read/check.js';
import { describe as describeParquet } from '../../src/shard/parquet/read/describe.js';
import { fieldsOf } from '../../src/shard/parquet/thrift/fields-of.js';
import { emptyFolder } from '../support/cli.js';
import { fileOf } from '../shard/random-batches.js';
import { makeVersion } from '../version/make-version.js';
import { inputs, misshapen, mutated, Random, seed } from './random.js';

const made = await makeVersion(emptyFolder('parsers'));
const manifest = await readFile(join(made.folder, '_manifest.2024-q1.json'));
const shard = await readFile(join(made.folder, made.paths[1]!));
const config = Buffer.from(`table: public.customers
dataset: "dataset://customers/{date}"
split: { train: 80%, test: 20% }
split-key: [id, &a name]
partition-by: [*a, "day:month"]
param: { since: 2024-01-01, n: 017 }
tags: [nightly, "=1+1"]
tables:
  orders: { query: "SELECT * FROM orders WHERE id > :n" }
`);
const word = encodeWord({
  beat: 1n,
  taken: 3,
  messages: [{ type: 'group', group: new Map([[1, new Uint8Array(9)]]) }],
});

let count = 0;

/** Whoever parses may refuse, in our words; nothing else may come of it. */
async function refusesOrReads(input: unknown, parse: () => unknown): Promise<void> {
  count += 1;
  try {
    await parse();
  } catch (thrown) {
    const { code } = thrown instanceof TidemarkError ? thrown : { code: String((thrown as Error).stack) };
    expect(code, `of ${String(input).slice(0, 500)}`).toMatch(
      /^(request|verification|destination|data|source)\.[a-z-]+$/,
    );
  }
}

const parsers: Record<string, (random: Random) => Promise<void>> = {
  'the bytes of a manifest': (random) => {
    const bytes = mutated(manifest, random);
    return refusesOrReads(bytes, () => checkManifest(bytes, '_manifest.2024-q1.json', undefined));
  },
  'the values of a manifest': (random) => {
    const bytes = Buffer.from(JSON.stringify(misshapen(JSON.parse(manifest.toString()), random)));
    return refusesOrReads(bytes, () => checkManifest(bytes, '_manifest.2024-q1.json', undefined));
  },
  'a file of options': (random) => {
    const text = mutated(config, random).toString();
    const problems: Problem[] = [];
    return refusesOrReads(text, () => parseConfig(text, 'tidemark.yaml', '/', problems));
  },
  'a variable': (random) => {
    const text = mutated(Buffer.from('{"a": [1, {"b": "c"}], "d=e": 1e9, "f": null}'), random).toString();
    return refusesOrReads(text, () => splitVariable(text, 'X', random.pick(['list', 'map']), undefined));
  },
  'sizes and durations': (random) => {
    const text = mutated(Buffer.from(random.pick(['128MiB', '1.5 GiB', '60s', '2d'])), random).toString();
    return refusesOrReads(text, () => random.pick([parseBytes, parseDuration])(text, 'x'));
  },
  'the footer and pages of a shard': (random) => {
    // Most of the mutations at the end, where the footer is.
    const from = random.below(3) === 0 ? 4 : Math.max(4, shard.length - 3500);
    const bytes = Buffer.concat([
      shard.subarray(0, from),
      mutated(shard.subarray(from, -8), random),
      shard.subarray(-8),
    ]);
    const columns = made.manifest.version.tables[0]!.schema.map(({ name, stored }) => ({
      name,
      stored,
      nulls: undefined,
    }));
    const expected = {
      bytes: bytes.length,
      rows: 7,
      rowGroups: 1,
      as: { columns: [], compression: 'snappy' },
      columns,
    };
    return refusesOrReads(bytes.toString('base64'), async () => {
      await check(fileOf(bytes), expected as never, { depth: 'values', signal: undefined });
      await describeParquet(fileOf(bytes), bytes.length);
    });
  },
  'the structures of a footer': (random) => {
    const bytes = mutated(shard.subarray(shard.length - 3000, -8), random);
    count += 1;
    try {
      fieldsOf(bytes);
    } catch (thrown) {
      expect(String(thrown)).toMatch(/^Error: the footer /);
    }
    return Promise.resolve();
  },
  'a word between members': (random) => {
    const bytes = mutated(word, random);
    return refusesOrReads(bytes.toString('base64'), () => decodeWord(bytes, 'board/from-1'));
  },
  'a line of metadata': (random) => {
    const line = { file: 'a', metadata: { 'valohai.dataset-versions': ['dataset://a/b', { uri: 'dataset://c/d' }] } };
    const text = mutated(Buffer.from(JSON.stringify(misshapen(line, random))), random).toString();
    return refusesOrReads(text, () => valohaiAnnouncements.names(text, 'dataset://a/b'));
  },
};

const each = Math.ceil(inputs / Object.keys(parsers).length);

test.each(Object.keys(parsers))(
  '%s: nothing but a reading or a clear refusal',
  { timeout: 60_000 + each * 20 },
  async (name) => {
    for (let i = 0; i < each; i += 1) await parsers[name]!(new Random(seed + i));
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  },
);

afterAll(() => console.log(`${count} inputs, seed ${seed}`));
