import { exitCodes, TidemarkError } from '../core/errors.js';
import { counted, formatBytes, formatCount } from '../core/units.js';
import { machineCores } from '../machine/cores.js';
import { type Finding, type Verification, type VerifyProgress, verifyVersion } from '../version/verify/index.js';
import { memberNumbers, members, problemsError } from '../snapshot/options.js';
import { labelled } from './columns.js';
import { readAgainst, reportAgainst } from './verify-against.js';
import { beatInterval, drawnLine } from './progress-views.js';
import type { CommandRun } from './command.js';
import type { Terminal } from './terminal.js';
import { printableInLine } from './printable.js';
import { signerFrom } from './signer.js';
import { keepHeapTight } from './tight-heap.js';
import { formatSeconds } from './wording.js';

/** `tidemark verify`: exit code 5 when a version does not hold what its manifest says. */
export async function verifyCommand(run: CommandRun): Promise<number> {
  const { invocation, options, context, terminal, signal } = run;
  if (options.problems.length > 0) throw problemsError(options.problems);
  const { id, signer, quick, member, against: asked } = invocation.own;
  const { lanes, memory } = options.values;
  const view = progressView(terminal);
  if (memory !== undefined) keepHeapTight();
  try {
    const verification = await verifyVersion(invocation.argument!, {
      quick: quick === true,
      cores: machineCores(context.env).count,
      ...(lanes !== undefined && { lanes }),
      ...(memory !== undefined && { memory }),
      ...(typeof id === 'string' ? { id: checkedId(id) } : {}),
      ...(typeof signer === 'string' ? { signer: signerFrom(signer) } : {}),
      ...(typeof member === 'string' ? { member: checkedMember(member, context.env) } : {}),
      signal,
      onProgress: view.update,
    });
    view.stop();
    if (!terminal.json) report(verification, terminal, typeof signer === 'string');
    const against = typeof asked === 'string' && verification.valid ? await readAgainst(asked, run) : undefined;
    const holds = verification.valid && against?.same !== false;
    if (terminal.json)
      terminal.print(
        JSON.stringify({ status: holds ? 'valid' : 'invalid', ...verification, ...(against && { against }) }),
      );
    else if (against) reportAgainst(against, terminal);
    return holds ? 0 : exitCodes['verification.failed'];
  } finally {
    view.stop();
  }
}

function checkedMember(member: string, env: NodeJS.ProcessEnv): ReturnType<typeof memberNumbers> {
  if (members.member.schema.safeParse(member).success) return memberNumbers(member, env);
  throw new TidemarkError(
    'request.invalid',
    `--member: "${member}" is not allowed (allowed: ${members.member.allowed})`,
  );
}

/** An id as `tidemark snapshot` printed it, or so much of its beginning that no other version has it by chance. */
function checkedId(id: string): string {
  if (/^[0-9a-f]{12,64}$/i.test(id)) return id;
  throw new TidemarkError(
    'request.invalid',
    `--id: "${id}" is not allowed (allowed: 64 hexadecimal digits, or the first 12 and more)`,
    {
      hint: 'It is the `id` that `tidemark snapshot` and `tidemark show` print.',
    },
  );
}

function report(verification: Verification, terminal: Terminal, isExpected: boolean): void {
  const { bold, green, red } = terminal.colors;
  const { findings, version, valid } = verification;
  for (const finding of findings) terminal.print(findingText(finding, terminal.colors));
  const errors = findings.filter((finding) => finding.severity === 'error').length;
  const verdict = valid
    ? bold(green(verification.others === undefined ? 'verified' : 'verified a share of'))
    : bold(red(`not as its manifest says (${counted(errors, 'finding')}):`));
  terminal.print(`${verdict} ${bold(version?.uri ?? verification.location)}`);
  if (terminal.quiet) return;
  const lines = labelled([
    ['rows', `${rowsText(verification)} in ${filesText(verification)}, ${formatBytes(verification.bytes)}`],
    ...inheritedLine(verification),
    ['folder', verification.location],
    ['id', version?.id ?? 'not known'],
    ...signedLine(verification, isExpected),
    ['time', formatSeconds(verification.seconds)],
  ]);
  for (const line of lines) terminal.print(line);
}

/** A key that nobody has named is only what the version says of itself. */
function signedLine({ signer }: Verification, isExpected: boolean): (readonly [string, string])[] {
  if (signer === undefined) return [];
  return [
    [
      'signed',
      isExpected
        ? `by ${signer}`
        : `by ${signer}, which nobody has vouched for: name the key that it must be with --signer`,
    ],
  ];
}

/** Of files that could not be read, nobody knows the rows. */
function rowsText({ rows, valid }: Verification): string {
  if (valid) return formatCount(rows);
  return rows === 0 ? 'not counted' : `${formatCount(rows)} counted`;
}

/** `12 of 36 files`, where other machines check the rest. */
const filesText = ({ files, others = 0 }: Verification): string =>
  others === 0 ? counted(files, 'file') : `${formatCount(files - others)} of ${counted(files, 'file')}`;

function inheritedLine({ inherited, valid }: Verification): (readonly [string, string])[] {
  if (inherited === undefined) return [];
  const { versions, missing, rows } = inherited;
  const absent = missing === 0 ? '' : `, ${counted(missing, 'version')} not here`;
  return [
    ['inherits', `${counted(rows, 'row')}${valid ? '' : ' counted'} in ${counted(versions, 'version')}${absent}`],
  ];
}

/** `wrong    customers-00000.parquet: its sha-256 is another (expected …, found …)` */
export function findingText(finding: Finding, { red, yellow }: Terminal['colors']): string {
  const mark = finding.severity === 'error' ? red('wrong  ') : yellow('warning');
  const where = [
    finding.file,
    finding.rowGroup === undefined ? undefined : `row group ${finding.rowGroup}`,
    finding.column === undefined ? undefined : `column ${finding.column}`,
  ];
  const values = [
    finding.expected === undefined ? undefined : `expected ${finding.expected}`,
    finding.found === undefined ? undefined : `found ${finding.found}`,
  ].filter((value) => value !== undefined);
  const detail = values.length === 0 ? '' : ` (${values.join(', ')})`;
  return `${mark}  ${printableInLine(`${where.filter((part) => part !== undefined).join(', ')}: ${finding.message}${detail}`)}`;
}

interface VerifyView {
  update(progress: VerifyProgress): void;
  stop(): void;
}

function progressView(terminal: Terminal): VerifyView {
  if (terminal.quiet) return { update: () => undefined, stop: () => undefined };
  let text = 'reading the manifest';
  const update = ({ files, totalFiles, bytes, totalBytes }: VerifyProgress): void => {
    text = `${formatCount(files)} of ${counted(totalFiles, 'file')}, ${formatBytes(bytes)} of ${formatBytes(totalBytes)}`;
  };
  if (terminal.live) return { update, stop: drawnLine(() => text).stop };
  const timer = setInterval(() => terminal.alert(text), beatInterval).unref();
  return { update, stop: () => clearInterval(timer) };
}
