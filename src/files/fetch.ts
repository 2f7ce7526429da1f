import type { StoredObject, VersionStore } from '../core/destination.js';
import { TidemarkError } from '../core/errors.js';
import { chunksOf } from '../core/file-chunks.js';
import type { FileFetcher, ForeignFile, OwnStore } from '../core/source.js';

/** Opens a file as it was planned. @throws source.changed where it is another one now */
export async function openPlanned(store: VersionStore, planned: ForeignFile): Promise<StoredObject> {
  const file = await store.open(planned.location);
  if (file !== undefined && file.size === planned.bytes && file.state === planned.state) return file;
  await file?.close();
  throw changed(planned, file === undefined ? 'is gone' : 'is another file than it was');
}

/** Brings files out of the store that they lie in, which it closes. */
export function storeFetcher({ store, close }: OwnStore, signal: AbortSignal): FileFetcher {
  return {
    async fetch(planned, take) {
      const file = await openPlanned(store, planned);
      let bytes = 0;
      try {
        for await (const chunk of chunksOf(file, signal)) {
          bytes += chunk.length;
          await take(chunk);
        }
      } finally {
        await file.close();
      }
      if (bytes !== planned.bytes) throw changed(planned, `ends after ${bytes} of its ${planned.bytes} bytes`);
    },
    close: async () => close(),
  };
}

function changed({ path }: ForeignFile, what: string): TidemarkError {
  return new TidemarkError('source.changed', `${path} ${what}`, {
    hint: 'Something writes to the files while they are adopted. Wait until it has ended, then run again.',
  });
}
