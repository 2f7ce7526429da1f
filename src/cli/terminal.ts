import pc from 'picocolors';
import { meaningOf } from '../machine/failure.js';
import type { OptionValues } from '../snapshot/options.js';

type Colors = ReturnType<typeof pc.createColors>;

/** Where a command prints. stdout is for programs (and for what a command was asked to show), stderr for people. */
export interface Terminal {
  readonly json: boolean;
  readonly quiet: boolean;
  /** stderr is a terminal: a line may be drawn over. */
  readonly live: boolean;
  /** Colours for stdout. */
  readonly colors: Colors;
  /** Colours for stderr. */
  readonly noteColors: Colors;
  /** A line on stdout. */
  print(line: string): void;
  /** A line on stderr; not with --quiet. */
  note(line: string): void;
  /** A line on stderr, always. */
  alert(line: string): void;
}

export type OutputSettings = Pick<OptionValues, 'json' | 'quiet' | 'color'>;

/** The process's own streams. */
export function openTerminal(settings: OutputSettings): Terminal {
  const quiet = settings.quiet ?? false;
  const alert = (line: string): void => void process.stderr.write(`${line}\n`);
  const colorful = (stream: NodeJS.WriteStream): boolean => (settings.color ?? true) && stream.isTTY === true;
  return {
    json: settings.json ?? false,
    quiet,
    live: process.stderr.isTTY === true && process.env['TERM'] !== 'dumb',
    colors: pc.createColors(colorful(process.stdout)),
    noteColors: pc.createColors(colorful(process.stderr)),
    print: (line) => void process.stdout.write(`${line}\n`),
    note: (line) => {
      if (!quiet) alert(line);
    },
    alert,
  };
}

/**
 * What cannot be printed ends nothing: a version is made or not, whoever hears of it. A reader that went away
 * (`tidemark show | head`) has what it wanted; of anything else on stdout `lost` is told, once.
 */
export function tolerateLostOutput(lost: (reason: string) => void): void {
  // Nowhere to say it.
  process.stderr.on('error', () => undefined);
  let told = false;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || told) return;
    told = true;
    lost(meaningOf(error));
  });
}
