import type { DestinationDescription } from '../../core/destination.js';
import { type Machine, thisMachine } from '../../machine/machine.js';

/** Versions in folders of a machine: `<outputs>/<dataset>/<version>/`. */
export const folderOn = (machine: Machine): DestinationDescription => ({
  kind: 'folder',
  schemes: [],
  async loadConnect() {
    const { connectFolder } = await import('./connect.js');
    return (out, announcements) => connectFolder(machine, out, announcements);
  },
  async loadOpenObjects() {
    const { openFiles } = await import('./object-file.js');
    return (ticket) => openFiles(machine.fs, ticket);
  },
  loadStore: async () => (await import('./store.js')).folderStore(machine.fs),
});

export const folder = folderOn(thisMachine);
