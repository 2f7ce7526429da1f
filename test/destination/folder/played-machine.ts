import nodeFs from 'node:fs';
import { join } from 'node:path';
import type { FileSystem } from '../../../src/machine/file-system.js';
import { type Machine, thisMachine } from '../../../src/machine/machine.js';

/** Of a call of the file system: whether it goes as usual (`undefined`), fails with a code, or is where the process dies. */
export type Fate = undefined | 'killed' | (string & {});

/** What a process that has been killed gets in place of an answer: it changes nothing any more. */
class Killed extends Error {
  constructor() {
    super('killed');
  }
}

/**
 * This machine as a process that no longer lives has seen it, its calls of the file system counted from 1. `fateOf` says what
 * becomes of each one; nothing that is called after the process was killed does anything.
 */
export class PlayedMachine implements Machine {
  calls = 0;
  /** The name of the call at which it was killed. */
  killedAt: string | undefined;
  readonly clock = thisMachine.clock;
  readonly processes = {
    ...thisMachine.processes,
    // No process has that number: Linux gives none above 2²².
    own: () => ({ ...thisMachine.processes.own(), pid: 2 ** 22 + 1, start: '1' }),
  };
  readonly fs: FileSystem;

  constructor(private readonly fateOf: (call: number, name: string) => Fate) {
    this.fs = new Proxy(nodeFs, {
      get: (_, name: keyof FileSystem) => {
        const usual = nodeFs[name] as unknown;
        if (typeof usual !== 'function') return usual;
        return (...args: unknown[]) => this.#play(name, usual as (...args: unknown[]) => unknown, args);
      },
    });
  }

  #play(name: keyof FileSystem, usual: (...args: unknown[]) => unknown, args: unknown[]): unknown {
    // Whether something is there is asked without an error that could come of it.
    if (name === 'existsSync' && this.killedAt === undefined) return usual(...args);
    const failure = this.#failure(name, args);
    if (failure === undefined) return usual(...args);
    const done = args.at(-1);
    if (typeof done !== 'function') throw failure;
    setImmediate(() => (done as (error: Error) => void)(failure));
    return undefined;
  }

  #failure(name: keyof FileSystem, args: unknown[]): Error | undefined {
    if (this.killedAt !== undefined) return new Killed();
    this.calls += 1;
    const fate = this.fateOf(this.calls, name);
    if (fate === undefined) return undefined;
    if (fate !== 'killed') return Object.assign(new Error(`${fate}: played, ${name}`), { code: fate });
    this.killedAt = name;
    halfDone(name, args);
    return new Killed();
  }
}

/** What a process may have done of its last call: it cannot be seen from outside how far it went. */
function halfDone(name: keyof FileSystem, args: unknown[]): void {
  if (name === 'writeSync') {
    const [fd, bytes, from = 0, length = 0] = args as [number, Uint8Array, number?, number?];
    if (typeof bytes !== 'string') nodeFs.writeSync(fd, bytes, from, length >> 1);
  }
  if (name === 'rm' || name === 'rmSync') {
    const folder = args[0] as string;
    const [first] =
      nodeFs.existsSync(folder) && nodeFs.statSync(folder).isDirectory() ? nodeFs.readdirSync(folder) : [];
    if (first !== undefined) nodeFs.rmSync(join(folder, first), { recursive: true });
  }
}
