// The page of documentation: counts, a table for each engine, and every loss.
const words = {
  exact: 'exact',
  widened: 'widened',
  declared: 'declared loss',
  silent: '**silent loss**',
  refused: 'refused',
  error: 'error',
  crash: 'crash',
};

export function countsOf({ tools, cells }) {
  return Object.fromEntries(
    tools.map(({ id, name }) => [
      name,
      Object.fromEntries(
        Object.keys(words).map((word) => [word, cells[id].filter(({ kept }) => kept === word).length]),
      ),
    ]),
  );
}

const introduction = `# What others make of the same types

Made by \`npm run bench:types\`, never by hand. Every type of PostgreSQL and MariaDB with its awkward values, a table for each, through
Tidemark and through every other tool that could be installed, by the defaults that its documentation shows for writing Parquet. Then
one reader, pyarrow, reads the files, and every value is compared with the server's own text, by what it means.

| word | |
| --- | --- |
| exact | every value is the same, in a type of its kind |
| widened | every value is the same, in a type that holds it: a text, or a double whose shortest digits are those of the server |
| declared loss | values are others, and the tool's output, its ledger or the file's own schema says so of the column |
| **silent loss** | values are others, the run succeeded, and nothing says so |
| refused | no file; the message names the column |
| error | no file; the message does not name the column |
| crash | the process died |

What counts as the same:

- arrays, composites, ranges, intervals and maps by their parts, as a nested type or as text; JSON by its tokens, with repeated keys and all
  digits; timestamps by the instant, in microseconds;
- spaces at the end of \`char(n)\` are no part of the value, as PostgreSQL says: without them it is *widened*;
- each table has a row of NULL more, as real ones do: a whole number that becomes a double because of it counts by its value;
- sessions of the server are by default not in UTC (America/New_York; −05:00 for MariaDB), nor is the client (Europe/Helsinki);
- DuckDB writes its own numbers for infinite dates and timestamps, and shows \`infinity\` for them. Other readers see a date.
  They count as silent losses here.
  Tidemark writes the same numbers only where \`--infinity extreme\` asks for it; by itself it refuses;
- a file that the reader cannot open, though the tool reported success, is a silent loss, too.

What Tidemark refuses it writes where it is told how: [misfits](types.md#misfits).
`;

const paragraph = (lines) => lines.join('\n');
const cell = (text) => text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ');
const code = (text) => `\`${cell(text).replaceAll('`', "'")}\``;

export function pageOf({ date, engines, missing }) {
  const versions = [...new Set(engines.flatMap(({ tools }) => tools.flatMap((tool) => tool.versions)))].sort();
  return paragraph([
    introduction,
    `On ${date}: ${engines.map(({ name, version }) => `${name} ${version}`).join(', ')}; ${versions.join(', ')}.`,
    ...(missing.length > 0 ? ['', 'Not here:', '', ...missing.map(([name, why]) => `- ${name}: ${why}`)] : []),
    ...['', '## Counts', '', ...engines.flatMap((engine) => countTable(engine))],
    ...engines.flatMap((engine) => sectionOf(engine)),
  ]);
}

function countTable(engine) {
  const head = Object.values(words);
  const rows = Object.entries(countsOf(engine)).map(
    ([tool, counts]) => `| ${tool} | ${Object.values(counts).join(' | ')} |`,
  );
  return [
    `${engine.name}, ${engine.specimens.length} specimens:`,
    ...['', `| | ${head.join(' | ')} |`, `|---|${head.map(() => '--:').join('|')}|`, ...rows, ''],
  ];
}

function sectionOf(engine) {
  const { name, tools, specimens, cells } = engine;
  const rows = specimens.map((specimen, number) => {
    const kept = tools.map(({ id }) => words[cells[id][number].kept]);
    return `| ${cell(specimen.name)} | ${kept.join(' | ')} |`;
  });
  return [
    ...[`## ${name}`, '', `| | ${tools.map((tool) => tool.name).join(' | ')} |`],
    ...[`|---|${tools.map(() => '---').join('|')}|`, ...rows, ''],
    ...lossesOf(engine, 'silent', `### ${name}: silent losses`),
    ...lossesOf(engine, 'declared', `### ${name}: declared losses`),
    ...refusalsOf(engine),
  ];
}

/** The first value of each that is another. */
function lossesOf({ tools, specimens, cells }, kind, title) {
  const rows = tools.flatMap((tool) =>
    specimens.flatMap((specimen, number) => {
      const { kept, losses, type } = cells[tool.id][number];
      if (kept !== kind) return [];
      const [{ expected, got }] = losses;
      const more = losses.length > 1 ? `, and ${losses.length - 1} more` : '';
      return [`| ${tool.name} | ${cell(specimen.name)} | ${code(expected)} | ${code(got)}${more} | ${code(type)} |`];
    }),
  );
  if (rows.length === 0) return [];
  return [title, '', '| tool | type | the server says | the file says | as |', '|---|---|---|---|---|', ...rows, ''];
}

function refusalsOf({ name, tools, specimens, cells }) {
  const rows = specimens.flatMap((specimen, number) => {
    const { kept, failure } = cells.tidemark?.[number] ?? {};
    return kept === 'refused' || kept === 'error' ? [`| ${cell(specimen.name)} | ${cell(failure)} |`] : [];
  });
  if (rows.length === 0 || tools.length === 0) return [];
  return [`### ${name}: what Tidemark says where it refuses`, '', '| type | |', '|---|---|', ...rows, ''];
}
