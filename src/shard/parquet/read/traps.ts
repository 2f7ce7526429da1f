/**
 * Damaged bytes can bring parquet-wasm down. It then traps in a microtask of its own, for which nobody waits: the process would
 * end by an exception that nobody caught, and whoever awaits what the reader promised would do so for ever. So while files are
 * read, microtasks are looked at, and a trap fails the reads that are under way. Which of them it was is not to be known.
 */
const underWay = new Set<TrapWatch>();
let plain = globalThis.queueMicrotask;

/** One read of a file, from its beginning to `release`. */
export class TrapWatch {
  private trap: Error | undefined;
  private readonly waiting = new Set<(trap: Error) => void>();

  constructor() {
    if (underWay.size === 0) {
      plain = globalThis.queueMicrotask;
      globalThis.queueMicrotask = watched;
    }
    underWay.add(this);
  }

  /** What the reader promised. @throws its trap */
  orTrap<T>(promised: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.trap !== undefined) reject(this.trap);
      this.waiting.add(reject);
      promised.then(resolve, reject).finally(() => this.waiting.delete(reject));
    });
  }

  /** Nothing that is asked of the reader any more is sure to be answered. */
  get isDown(): boolean {
    return this.trap !== undefined;
  }

  fail(trap: Error): void {
    this.trap = trap;
    for (const reject of this.waiting) reject(trap);
    this.waiting.clear();
  }

  release(): void {
    underWay.delete(this);
    if (underWay.size === 0 && globalThis.queueMicrotask === watched) globalThis.queueMicrotask = plain;
  }
}

function watched(task: () => void): void {
  plain(() => {
    try {
      task();
    } catch (thrown) {
      if (!isTrap(thrown)) throw thrown;
      const failed = [...underWay];
      // Later: what the task leaves behind traps once more, at once, and is nothing for reads that begin after this one.
      setImmediate(() => {
        const trap = new Error(`damaged bytes have brought the reader down (${thrown.message})`, { cause: thrown });
        for (const watch of failed) watch.fail(trap);
      });
    }
  });
}

/** By its name: the classes of WebAssembly are in no types that we have. */
export function isTrap(thrown: unknown): thrown is Error {
  return thrown instanceof Error && thrown.name === 'RuntimeError';
}
