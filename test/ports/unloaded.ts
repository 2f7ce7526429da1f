import type { SourceModule } from '../../src/core/source.js';
import type { FilePlace } from '../../src/files/place.js';
import { filesSource } from '../../src/files/source.js';
import { unloadedSource } from '../../src/snapshot/unloaded-source.js';

/** A source whose database writes files, as those files: each time that it is opened in a folder of their own. @param place as the database knows it, and as its store does */
export function unloadedModule(
  module: SourceModule,
  { to, location, ...place }: FilePlace & { readonly to: string; readonly location: string },
): SourceModule {
  let opened = 0;
  return {
    async open(asked, signal) {
      const folder = `run-${(opened += 1)}`;
      const unload = { to: `${to}/${folder}`, when: 'asked' } as const;
      const source = await module.open({ ...asked, unload }, signal);
      return unloadedSource(source, { ...place, location: place.store.join(location, folder) });
    },
    openLane: (ticket, signal) => filesSource.openLane(ticket, signal),
  };
}
