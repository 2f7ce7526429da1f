import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseArguments } from '../src/cli/program.js';
import * as help from '../src/cli/help.js';
import { readOptions } from '../src/snapshot/options.js';

const root = new URL('..', import.meta.url).pathname;

const documents = [
  'README.md',
  'CHANGELOG.md',
  'examples/valohai/README.md',
  'examples/splits/README.md',
  'examples/features/README.md',
  'examples/nightly/README.md',
  'examples/bigquery/README.md',
  'examples/snowflake/README.md',
  'examples/redshift/README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true })
    .map((name) => `docs/${String(name)}`)
    .filter((name) => name.endsWith('.md')),
];

const textOf = (document: string): string => readFileSync(join(root, document), 'utf8');

/** Command lines that a document shows, with what a backslash continues. */
function commandsIn(text: string): string[] {
  const lines = text.replaceAll(/\\\n\s*/g, ' ').split('\n');
  return lines
    .map((line) => line.replace(/^[\s$-]*/, ''))
    .filter((line) => /^(npx )?tidemark (snapshot|plan|verify|show|demo) /.test(line))
    .map((line) => line.replace(/\s+#.*$/, ''))
    .filter((line) => !/\[flags\]|LOCATION|…the same/.test(line) && !/^tidemark demo {2,}/.test(line));
}

/** As a POSIX shell splits them, without expansions. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)].map(([word]) =>
    word.replaceAll(
      /'([^']*)'|"([^"]*)"/g,
      (_, single: string | undefined, double: string | undefined) => single ?? double ?? '',
    ),
  );
}

const examples = [
  ...documents.flatMap((document) => commandsIn(textOf(document)).map((line) => [document, line] as const)),
  ...Object.values({ root: help.root, ...help.examples }).flatMap((text) =>
    commandsIn(text).map((line) => ['--help', line] as const),
  ),
];

describe('commands in documents', () => {
  it('are found', () => {
    expect(examples.length).toBeGreaterThan(15);
  });

  it.each(examples)('%s: %s', async (_, line) => {
    const words = wordsOf(line.replace(/^npx /, '').replace(/\{parameters\}/, ''));
    const invocation = parseArguments(words.slice(1), '0');
    expect(invocation?.command).toBe(words[1]);
    const context = { env: {}, cwd: '/', home: '/', now: new Date(), random: () => 0 };
    const { problems } = await readOptions({ flags: invocation!.flags, configFile: false }, context);
    expect(problems).toEqual([]);
  });
});

describe('links in documents', () => {
  it.each(documents)('%s', (document) => {
    const targets = [...textOf(document).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!);
    const here = targets.filter((target) => !/^[a-z]+:/.test(target)).map((target) => target.replace(/#.*$/, ''));
    const broken = here.filter((target) => target !== '' && !existsSync(join(root, dirname(document), target)));
    expect(broken).toEqual([]);
  });
});

describe('docs/command-line.md', () => {
  const text = textOf('docs/command-line.md');

  it.each(Object.keys(help.summaries))('lists the command %s', (name) => {
    expect(text).toMatch(new RegExp(`^    tidemark ${name} `, 'm'));
  });

  it.each(readdirSync(join(root, 'test/cli/help')))('has the flags of %s', (file) => {
    const flags = [...textOf(`test/cli/help/${file}`).matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(
      ([, flag]) => flag!,
    );
    const own = flags.filter((flag) => flag !== '--help' && flag !== '--version');
    expect(own.filter((flag) => !text.includes(`\`${flag}`))).toEqual([]);
  });
});
