import type { PartBytes } from './part-source.js';
import type { PlannedPart } from './ticket.js';

/** Parts that are on their way at the same time, and bytes of them, unpacked, of which at least one part comes. */
const most = { parts: 3, bytes: 24 * 1024 * 1024 };

/**
 * Parts in their order, while the next ones are on their way.
 * @param fetch gets one part; the signal says that nobody waits for it any more
 * @throws what fetching throws, in the order of the parts
 */
export async function* inOrder(
  parts: readonly PlannedPart[],
  fetch: (part: PlannedPart, signal: AbortSignal) => Promise<PartBytes>,
  signal: AbortSignal,
): AsyncGenerator<{ readonly part: PlannedPart; readonly bytes: PartBytes }> {
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  const coming: { readonly part: PlannedPart; readonly bytes: Promise<PartBytes> }[] = [];
  let [next, room] = [0, most.bytes];
  const begin = (): void => {
    while (next < parts.length && coming.length < most.parts && (coming.length === 0 || room >= parts[next]!.bytes)) {
      const part = parts[next++]!;
      const bytes = fetch(part, both);
      // It is told when its turn comes.
      bytes.catch(() => undefined);
      coming.push({ part, bytes });
      room -= part.bytes;
    }
  };
  try {
    for (begin(); coming.length > 0; begin()) {
      const { part, bytes } = coming[0]!;
      const here = await bytes;
      coming.shift();
      yield { part, bytes: here };
      room += part.bytes;
    }
  } finally {
    stop.abort();
  }
}
