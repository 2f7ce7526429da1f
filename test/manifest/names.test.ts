import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { logicalDate } from '../../src/manifest/logical-date.js';
import { parseVersionUri, resolveVersionName } from '../../src/manifest/names.js';
import { resolveShardName, type ShardIndex, shardPath, targetShardName } from '../../src/manifest/shard-names.js';

const on = (day: string | undefined, timeZone = 'UTC') => ({
  date: logicalDate(day, new Date('2024-01-15T10:30:00Z'), timeZone),
  run: 'k3v9',
});

describe('version names', () => {
  test.each([
    ['{quarter}', '2024-q1'],
    ['{year}-{quarter}', '2024-q1'],
    ['{year}-q{quarter}', '2024-q1'],
    ['{month}', '2024-01'],
    ['{year}-{month}', '2024-01'],
    ['{week}', '2024-w03'],
    ['{year}-{week}', '2024-w03'],
    ['{year}-w{week}', '2024-w03'],
    ['{year}', '2024'],
    ['{date}', '2024-01-15'],
    ['{datetime}', '20240115T103000Z'],
    ['train-{quarter}', 'train-2024-q1'],
    ['{date}-{run}', '2024-01-15-k3v9'],
    ['2024-q1-partial', '2024-q1-partial'],
  ])('%s gives %s', (template, version) => {
    const name = resolveVersionName(`dataset://customer-data/${template}`, on(undefined));
    expect(name).toMatchObject({ dataset: 'customer-data', version, uri: `dataset://customer-data/${version}` });
  });

  test('a week takes its year along over the end of a year', () => {
    expect(resolveVersionName('dataset://d/{week}', on('2021-01-03')).version).toBe('2020-w53');
    expect(resolveVersionName('dataset://d/{year}-{week}', on('2024-12-30')).version).toBe('2025-w01');
  });

  test('the wall clock of another time zone does not claim to be UTC', () => {
    expect(resolveVersionName('dataset://d/{datetime}', on(undefined, 'Europe/Helsinki')).version).toBe(
      '20240115T123000',
    );
  });

  test('an unknown placeholder names the nearest one', () => {
    expect(() => resolveVersionName('dataset://d/{quater}', on(undefined))).toThrow(
      /\{quater\}. Did you mean \{quarter\}\?/,
    );
    expect(() => resolveVersionName('dataset://d/{toString}', on(undefined))).toThrow(/unknown placeholder/);
  });

  test.each([
    'customer-data/2024',
    'dataset://d',
    'dataset://d/a/b',
    'dataset://d/',
    'dataset://d/a b',
    'dataset://d/ä',
    'dataset://d/_hidden',
    'dataset://d/..',
    'dataset://.d/v',
    'dataset://d/{date',
    'dataset://d/date}',
    `dataset://d/${'x'.repeat(201)}`,
  ])('refuses %s', (template) => {
    expect(() => resolveVersionName(template, on(undefined))).toThrow(
      expect.objectContaining({ code: 'request.invalid' }),
    );
  });

  test('--from is read by the same rule, under its own key', () => {
    expect(parseVersionUri('dataset://events/2024-q1-partial', 'from').version).toBe('2024-q1-partial');
    expect(() => parseVersionUri('events', 'from')).toThrow(/^from: /);
  });
});

describe('warnings', () => {
  const warnings = (version: string) => resolveVersionName(`dataset://sales-data/${version}`, on(undefined)).warnings;

  test.each([
    'working',
    'last',
    'last_1',
    'latest',
    'final',
    'final_v2',
    'final-final',
    'new',
    'test',
    'tmp',
    'Latest',
  ])('the name %s is arbitrary', (version) => {
    expect(warnings(version)).toHaveLength(1);
    expect(warnings(version)[0]).toContain(`dataset://sales-data/${version}`);
  });

  test.each([
    '2024-q1',
    'train-2024-q1',
    'week1',
    'v1',
    'lastminute-2024',
    'testimonials',
    '{date}',
    '{datetime}',
    '{run}',
  ])('the name %s is not warned of', (version) => {
    expect(warnings(version)).toEqual([]);
  });

  test('"latest" is warned of as what it is', () => {
    expect(warnings('latest')[0]).toMatch(/never name a version "latest".*--alias/);
  });

  test.each([
    ['{quarter}', 'quarter'],
    ['{year}', 'year'],
    ['{year}-{month}', 'month'],
    ['{week}', 'week'],
  ])('%s repeats within a %s', (template, period) => {
    expect(warnings(template)).toEqual([expect.stringContaining(`a second run in that ${period} stops`)]);
    // Whoever says the day means that name.
    const dated = resolveVersionName(`dataset://sales-data/${template}`, on(undefined), { dated: true });
    expect(dated.warnings).toEqual([]);
  });
});

describe('shard names', () => {
  const values = { ...on('2024-01-15'), dataset: 'customer-data', version: '2024-q1' };

  const first: ShardIndex = { group: 0, groups: 1, part: 0 };
  const only = (template: string | undefined, tables: readonly string[], index = first): string[] =>
    tables.map((table) =>
      shardPath(
        resolveShardName(template, values, { tables, split: 'no', partition: false }),
        table,
        index,
        '.parquet',
      ),
    );

  test('the default names dataset, version and a padded index', () => {
    expect(only(undefined, ['customers'])).toEqual(['customer-data-2024-q1-00000.parquet']);
    expect(only(undefined, ['customers'], { ...first, part: 12 })).toEqual(['customer-data-2024-q1-00012.parquet']);
  });

  test('of a table in several groups it names the group, and the part but for the first', () => {
    const group = { group: 3, groups: 7 };
    expect(only(undefined, ['t'], { ...group, part: 0 })).toEqual(['customer-data-2024-q1-00003.parquet']);
    expect(only(undefined, ['t'], { ...group, part: 1 })).toEqual(['customer-data-2024-q1-00003p00001.parquet']);
  });

  test('several tables have their names in it', () => {
    expect(only(undefined, ['public.customers', 'order lines'])).toEqual([
      'customer-data-2024-q1--public.customers-00000.parquet',
      'customer-data-2024-q1--order_lines-00000.parquet',
    ]);
  });

  test('takes the time placeholders and {run}', () => {
    expect(only('{date}-{run}-{index}', ['t'])).toEqual(['2024-01-15-k3v9-00000.parquet']);
  });

  test('is in the order of groups and parts when sorted', () => {
    const index = fc.record({ group: fc.nat(99_999), part: fc.nat(99_999) });
    fc.assert(
      fc.property(index, index, (a, b) => {
        const [one, other] = [a, b].map((place) => shardPath('x-{index}', 't', { ...place, groups: 9 }, '.parquet'));
        const order = Math.sign(a.group - b.group || a.part - b.part);
        expect(Math.sign(Buffer.compare(Buffer.from(one!), Buffer.from(other!)))).toBe(order);
      }),
    );
  });

  test('is another one for every file of a dataset, whatever its versions and tables are called', () => {
    // Pieces that names could be confused by.
    const piece = fc.constantFrom('a', '-', '.', '_', 'p', '00000', '00001', '00000p00001');
    const text = fc.array(piece, { minLength: 1, maxLength: 5 }).map((pieces) => pieces.join(''));
    const tables = fc.uniqueArray(text, { minLength: 1, maxLength: 2 });
    const version = fc.record({ version: text, tables, groups: fc.constantFrom(1, 2) });
    const versions = fc.uniqueArray(version, { maxLength: 20, selector: (made) => made.version });
    const templates = ['{version}--{table}-{index}', '{table}--{version}_{index}', '{version}-{index}--{table}'];
    const placeholders = ['{version}', '{table}', '{index}', '{dataset}', '{date}', '{run}'];
    const apart = fc.constantFrom('-', '--', '.', '_', '-0-', '');
    const anyTemplate = fc
      .tuple(fc.shuffledSubarray(placeholders, { minLength: 2 }), fc.array(apart, { minLength: 6, maxLength: 6 }))
      .map(([names, between]) => names.map((name, at) => `${at === 0 ? '' : between[at]}${name}`).join(''));
    fc.assert(
      fc.property(fc.oneof(fc.constantFrom(undefined, ...templates), anyTemplate), versions, (template, made) => {
        const paths = made.flatMap(({ version, tables, groups }, number) =>
          tables.flatMap((table) =>
            [0, 1].flatMap((part) =>
              Array.from({ length: groups }, (_, group) =>
                pathOrNothing(template, { version, run: `r${number + 10}` }, tables, table, { group, groups, part }),
              ),
            ),
          ),
        );
        const named = paths.filter((path) => path !== undefined);
        expect(new Set(named).size).toBe(named.length);
      }),
      { numRuns: 4000 },
    );
  });

  /** Undefined where the names are refused. */
  function pathOrNothing(
    template: string | undefined,
    { version, run }: { version: string; run: string },
    tables: readonly string[],
    table: string,
    index: ShardIndex,
  ): string | undefined {
    try {
      resolveVersionName(`dataset://d/${version}`, values);
      return shardPath(
        resolveShardName(template, { ...values, version, run }, { tables, split: 'no', partition: false }),
        table,
        index,
        '.parquet',
      );
    } catch (thrown) {
      expect(thrown).toMatchObject({ code: 'request.invalid' });
      return undefined;
    }
  }

  test.each([
    ['{dataset}-{index}', ['t'], /needs \{version\} or \{run\}/],
    ['{version}', ['t'], /needs \{index\}/],
    ['{version}-{index}', ['a', 'b'], /needs \{table\}/],
    ['{version}-{table}-{index}', ['a'], /needs "--" between \{version\} and \{table\}/],
    ['{version}-{index}-{index}', ['a'], /needs no second \{index\}/],
    ['{version}-{table}-{index}', ['a', 'b'], /needs "--" between \{version\} and \{table\}/],
    ['{version}{index}', ['a'], /needs "-", "\." or "_" on each side of \{index\}/],
    ['{version}-{index}x', ['a'], /on each side of \{index\}/],
    ['{version}--{table}-{index}', ['a b', 'A_b'], /"a b" and "A_b" would have files of the same name/],
    ['{version}-{indx}', ['t'], /Did you mean \{index\}/],
    ['_{version}-{index}', ['t'], /begins with "_"/],
    ['.{version}-{index}', ['t'], /begins with "\."/],
    ['x/{version}-{index}', ['t'], /characters that are not allowed: \//],
  ])('refuses %s for %j', (template, tables, message) => {
    expect(() => resolveShardName(template, values, { tables, split: 'no', partition: false })).toThrow(message);
  });

  test('of a split have a folder and a name of their own', () => {
    const named = (template: string | undefined, tables: readonly string[]): string => {
      const name = targetShardName(resolveShardName(template, values, { tables, split: 'files', partition: false }), {
        split: 'train',
      });
      return shardPath(name, tables[0]!, first, '.parquet');
    };
    expect(named(undefined, ['t'])).toBe('train/customer-data-2024-q1--train-00000.parquet');
    expect(named(undefined, ['t', 'u'])).toBe('train/customer-data-2024-q1--t--train-00000.parquet');
    expect(named('{split}--{version}-{index}', ['t'])).toBe('train/train--2024-q1-00000.parquet');
  });

  test.each([
    ['{version}-{index}', ['a'], /needs \{split\}/],
    ['{version}-{split}-{index}', ['a'], /needs "--" between \{version\} and \{split\}/],
    ['{version}--{table}-{split}-{index}', ['a', 'b'], /needs "--" between \{table\} and \{split\}/],
  ])('of a split: refuses %s', (template, tables, message) => {
    expect(() => resolveShardName(template, values, { tables, split: 'files', partition: false })).toThrow(message);
  });
});
