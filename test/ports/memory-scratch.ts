import type { Scratch } from '../../src/core/scratch.js';

/** Scratch data in memory: what waits is in `files` until it is removed. */
export function memoryScratch(files: Map<string, Buffer>): Scratch {
  return {
    create: (name) => {
      const pieces: Buffer[] = [];
      files.set(name, Buffer.alloc(0));
      return {
        write: (bytes) => void pieces.push(Buffer.from(bytes)),
        close: () => void files.set(name, Buffer.concat(pieces)),
      };
    },
    open: (name) => {
      const file = files.get(name)!;
      let at = 0;
      const next = (length: number): Buffer => file.subarray(at, (at += length));
      return { next, at: (position, length) => ((at = position), next(length)), close: () => undefined };
    },
    // There are no files that could be moved.
    pathOf: (name) => `/nowhere/${name}`,
    remove: (name) => void files.delete(name),
  };
}
