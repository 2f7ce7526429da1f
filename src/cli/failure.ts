import { TidemarkError } from '../core/errors.js';
import { printable } from './printable.js';
import type { Terminal } from './terminal.js';

export interface FailureContext {
  /** Values that are not to be seen. */
  readonly secrets: readonly string[];
  /** A file of options that was read although nobody named it. */
  readonly unnamedFile: string | undefined;
}

/** Prints an error for people, and with --json for programs. Returns the exit code. */
export function reportFailure(thrown: unknown, terminal: Terminal, { secrets, unnamedFile }: FailureContext): number {
  const error = TidemarkError.from(thrown);
  const { bold, red, yellow } = terminal.noteColors;
  const message = conceal(error.message, secrets);
  const hints = [error.hint, unnamedFile === undefined ? undefined : fileHint(error, unnamedFile)];
  const said = hints.filter((text) => text !== undefined).join('\n');
  const hint = said === '' ? undefined : conceal(said, secrets);
  terminal.alert(`${bold(red('error:'))} ${printable(message)}`);
  if (hint !== undefined) terminal.alert(`${yellow('hint:')} ${printable(hint).replaceAll('\n', '\n      ')}`);
  if (process.env['TIDEMARK_DEBUG'] === '1') terminal.alert(printable(conceal(stacks(error), secrets)));
  if (terminal.json) {
    const { code, expectations } = error;
    const hide = (_: string, value: unknown): unknown => (typeof value === 'string' ? conceal(value, secrets) : value);
    const rules = expectations && { expectations: JSON.parse(JSON.stringify(expectations, hide)) as unknown };
    terminal.print(JSON.stringify({ status: 'error', code, message, hint: hint ?? null, ...rules }));
  }
  return error.exitCode;
}

/** Only where options may be what is wrong. */
function fileHint({ code }: TidemarkError, file: string): string | undefined {
  const byOptions = code.startsWith('request.') || code.startsWith('source.');
  return byOptions ? `Options come from ${file} in this folder, too.` : undefined;
}

/** A last net under the rule that errors hold no secrets: a server may quote a parameter's value in what it says. */
export function conceal(text: string, secrets: readonly string[]): string {
  const forms = secrets.flatMap((secret) => [secret, secret.toLowerCase(), encodeURIComponent(secret)]);
  return forms.filter((form) => form.length >= 4).reduce((rest, form) => rest.replaceAll(form, '***'), text);
}

function stacks(error: TidemarkError): string {
  const lines: string[] = [];
  let next: unknown = error;
  while (next instanceof Error && lines.length < 8) {
    lines.push(`${lines.length === 0 ? '' : 'caused by '}${next.stack ?? next.message}`);
    next = next.cause;
  }
  return lines.join('\n');
}
