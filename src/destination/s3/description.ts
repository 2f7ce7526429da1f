import type { DestinationDescription } from '../../core/destination.js';
import { type Machine, thisMachine } from '../../machine/machine.js';

/** Versions in a bucket: `s3://<bucket>/<prefix>/<dataset>/<version>/`. */
export const s3On = (machine: Machine): DestinationDescription => ({
  kind: 's3',
  schemes: ['s3'],
  async loadConnect() {
    const { connectS3 } = await import('./connect.js');
    return (location) => connectS3(machine, location);
  },
  loadOpenObjects: async () => (await import('./objects.js')).openUploads,
  loadStore: async () => (await import('./store.js')).s3Store,
});

export const s3 = s3On(thisMachine);
