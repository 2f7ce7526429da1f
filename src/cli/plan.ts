import { columnFlag } from '../core/option-name.js';
import { shortType } from '../core/short-type.js';
import type { RunListener } from '../core/progress.js';
import { type Column, typeName } from '../core/types.js';
import { formatBytes, formatCount } from '../core/units.js';
import { sampleText } from '../manifest/summary-places.js';
import { resolvePlan } from '../snapshot/options.js';
import type { Plan } from '../snapshot/plan.js';
import type { DiskRoom, Preview, PreviewTable } from '../snapshot/result.js';
import { alignColumns, labelled } from './columns.js';
import { printable, printableInLine } from './printable.js';
import { profileYaml } from './profile.js';
import type { CommandRun } from './command.js';
import type { Terminal } from './terminal.js';

/** Of ranges, and of names. */
const rangesShown = 4;

/** `tidemark plan`: what a snapshot would do. */
export async function planCommand(run: CommandRun): Promise<number> {
  const { invocation, options, context, terminal, signal } = run;
  const plan = await resolvePlan(options, context);
  if (invocation.own['profile'] === true) return profile(plan, run);
  const { previewSnapshot } = await import('../snapshot/preview.js');
  const preview = await previewSnapshot(plan, { signal, listener: waitingNote(terminal) });
  if (terminal.json) {
    terminal.print(JSON.stringify(preview));
    return 0;
  }
  for (const line of previewLines(preview, terminal.colors)) terminal.print(line);
  for (const warning of preview.warnings)
    terminal.alert(`${terminal.noteColors.yellow('warning:')} ${printable(warning)}`);
  const read = preview.casts.length === 0 ? 'No row was read' : 'Only a sample of these numbers was read';
  terminal.note(`${read}, and nothing was written. \`tidemark snapshot\` with the same options does it.`);
  return 0;
}

/** What rows are like, as options that expect them to be so. */
async function profile(plan: Plan, { terminal, signal }: CommandRun): Promise<number> {
  const { profileTables } = await import('../snapshot/profile.js');
  const profiles = await profileTables(plan, { signal, listener: waitingNote(terminal) });
  terminal.print(terminal.json ? JSON.stringify(profiles) : profileYaml(profiles).trimEnd());
  terminal.note('A sample was read and nothing was written. Put the rules that must hold into the YAML file.');
  return 0;
}

function waitingNote(terminal: Terminal): RunListener {
  return (event) => {
    if (event.type === 'waiting') terminal.alert(`${terminal.noteColors.yellow('waiting:')} ${event.message}`);
  };
}

/** A preview as lines for people. */
export function previewLines(preview: Preview, colors: Terminal['colors']): string[] {
  const { server, certificate } = preview;
  const moment = Object.entries(certificate)
    .filter(([key]) => key !== 'level' && key !== 'isolation')
    .map(([key, value]) => `${key} ${String(value)}`);
  return [
    ...preview.versions.map(({ version }) => colors.bold(version)),
    ...labelled([
      ['source', `${server.kind} ${server.version}, database ${server.database} on ${server.host}, as ${server.user}`],
      ['moment', [`${certificate.level} (${certificate.isolation})`, ...moment].join(', ')],
      ['lanes', `${preview.lanes}, ${preview.lanesBecause}`],
      ['scratch', scratchText(preview.scratchBytes)],
      ...preview.room.map((room) => ['room', roomText(room)] as const),
      ...(preview.mergesInto === undefined
        ? []
        : [['before', `the chain is merged into ${preview.mergesInto}`] as const]),
      ...(preview.staging === undefined ? [] : [['unloaded', stagingText(preview.staging)] as const]),
      ...(preview.keyBytes === undefined ? [] : [['keys', keysText(preview.keyBytes)] as const]),
      ...(preview.notSeen === undefined ? [] : [['not seen', preview.notSeen] as const]),
      ...(preview.sample === undefined ? [] : [['sample', sampleText(preview.sample)] as const]),
      ...(preview.splits.length === 0 ? [] : [['split', splitText(preview)] as const]),
      ...(preview.partitions.length === 0 ? [] : [['partitions', preview.partitions.join(', ')] as const]),
      ...preview.versions.map(({ location }) => ['folder', location] as const),
      ['files', filesText(preview)],
    ]),
    ...preview.tables.flatMap((table) => ['', ...tableLines(table, colors)]),
    ...castLines(preview.casts),
  ];
}

/** What makes numbers of texts, ready to be pasted. */
function castLines(casts: Preview['casts']): string[] {
  const proposed = casts.filter(({ cast }) => cast !== undefined);
  const texts = new Set(proposed.map(({ column, cast }) => columnFlag('cast', column, cast!)));
  const others = casts.filter(({ because }) => because !== undefined);
  return [
    ...(texts.size === 0 ? [] : ['', 'Numbers kept as text become decimals, which hold all values of a sample, by:']),
    ...(texts.size === 0 ? [] : [`  ${printable([...texts].join(' '))}`]),
    ...(others.length === 0 ? [] : ['', 'Numbers kept as text, of which no decimal is proposed:']),
    ...labelled(others.map(({ table, column, because }) => [`${table}.${column}`, because!])),
  ];
}

function filesText({ shardNames, shardSize }: Preview): string {
  const names = shardNames.join(', ');
  if (shardSize === undefined) return names;
  return `${names}, …: as many as are needed, each at most ${formatBytes(shardSize)} or one row group`;
}

function splitText({ splits, exactStrata: strata }: Preview): string {
  const names = splits.join(', ');
  if (strata === undefined) return names;
  return `${names}; shares are exact${strata.length > 0 ? ` inside strata of ${strata.join(', ')}` : ''}, for which keys are read first`;
}

function stagingText({ location, when }: NonNullable<Preview['staging']>): string {
  const where = `files in ${printable(location)}, read and removed again`;
  return when === 'always' ? `by the database into ${where}` : `where much is read, by the database into ${where}`;
}

function keysText({ written, read }: NonNullable<Preview['keyBytes']>): string {
  const before =
    read === 0 ? '' : `, and ${formatBytes(read)} of earlier versions, with the key of every row that is there`;
  return `hashes of the rows that are read, 32 bytes each (${written === 0 ? 'how many is not known' : `about ${formatBytes(written)}`})${before}`;
}

const billedText = ({ bytes, price, of }: NonNullable<PreviewTable['billed']>): string =>
  `about ${formatBytes(bytes)}${of === undefined ? '' : ` (some partitions of ${of})`}, ${price}`;

function scratchText(bytes: number): string {
  return bytes === 0 ? 'none' : `about ${formatBytes(bytes)} on disk at a time at most, removed when the run ends`;
}

function roomText({ place, holds, freeBytes, expectedBytes, unknown }: DiskRoom): string {
  const free = `${formatBytes(freeBytes)} free at ${place}`;
  const known = `about ${formatBytes(expectedBytes)} needed${holds.includes('files') ? '' : ' for scratch data'}`;
  if (unknown.length === 0) return `${known}, ${free}`;
  const names = unknown.slice(0, rangesShown).map((name) => printableInLine(name));
  const takes = `what ${names.join(', ')}${unknown.length > names.length ? ', …' : ''} will take is not known`;
  return `${expectedBytes === 0 ? '' : `${known}, and `}${takes}; ${free}`;
}

function tableLines(table: PreviewTable, colors: Terminal['colors']): string[] {
  const what = table.table ?? 'query';
  const size = table.sourceBytes === undefined ? [] : [`${formatBytes(table.sourceBytes)} on the server`];
  return [
    `${colors.bold(printableInLine(table.name))} ${colors.dim(`(${printable(what)})`)}`,
    ...labelled([
      ['rows', [rowsText(table.estimatedRows), ...size].join(', ')],
      ...(table.billed === undefined ? [] : ([['billed', billedText(table.billed)]] as const)),
      ...(table.cost === undefined ? [] : ([['cost', table.cost]] as const)),
      ['ranges', rangesText(table.ranges)],
      ...(table.statement === undefined ? [] : ([['statement', table.statement]] as const)),
      ...table.expected.map((rule) => ['expected', printable(rule)] as const),
    ]),
    ...columnLines(table.columns, colors),
  ];
}

function rowsText(estimated: number | undefined): string {
  if (estimated === undefined) return 'not known';
  return estimated === 0 ? 'none' : `about ${formatCount(Math.round(estimated))}`;
}

function rangesText(ranges: readonly string[]): string {
  if (ranges.length === 1) return `1: ${ranges[0]}`;
  const shown = ranges.slice(0, rangesShown).join('; ');
  return `${formatCount(ranges.length)}: ${shown}${ranges.length > rangesShown ? '; …' : ''}`;
}

function redactionText({ redacted, redactedBecause }: Column): string | undefined {
  if (!redacted) return undefined;
  return redactedBecause === undefined ? 'statistics redacted' : `statistics redacted: ${redactedBecause}`;
}

function columnLines(columns: readonly Column[], colors: Terminal['colors']): string[] {
  const header = ['column', 'source type', 'Arrow type', 'values', 'note'].map((title) => colors.dim(title));
  const rows = columns.map((column) => [
    printableInLine(column.name),
    printable(column.sourceType),
    shortType(typeName(column.type)),
    column.exactness === 'lossy' ? colors.yellow(column.exactness) : column.exactness,
    [column.note, redactionText(column)].filter((note) => note !== undefined).join('; '),
  ]);
  return alignColumns([header, ...rows]).map((line) => `  ${line}`);
}
