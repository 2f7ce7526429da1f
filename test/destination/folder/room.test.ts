import nodeFs from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ConnectDestination } from '../../../src/core/destination.js';
import { connectFolder } from '../../../src/destination/folder/connect.js';
import { folder } from '../../../src/destination/folder/description.js';
import { freeSpaceAt } from '../../../src/machine/free-space.js';
import { installedPorts } from '../../../src/snapshot/ports.js';
import { snapshotInMemory } from '../../ports/in-memory.js';
import { MemoryDestination } from '../../ports/memory-destination.js';
import { GB, large, machineWith, MB, tellingSource } from '../../ports/told-room.js';
import { newFolder, tree } from './outputs.js';
import { mountTmpfs } from './tmpfs.js';

const small = mountTmpfs('size=1m');

describe('a disk', () => {
  it('on the disk of the files both add up', async () => {
    const out = newFolder();
    const source = tellingSource(large);
    const machine = machineWith(() => 22 * GB);
    const loadConnect = async (): Promise<ConnectDestination> => (location, file) =>
      connectFolder(machine, location, file);
    const changes = { out, destinationOf: () => ({ ...folder, loadConnect }), machine };
    const failing = snapshotInMemory(
      source,
      new MemoryDestination(),
      { split: { train: 0.5, test: 0.5 }, splitKey: 'n' },
      changes,
    );
    await expect(failing).rejects.toMatchObject({ code: 'destination.full' });
    await expect(failing).rejects.toThrow(
      /at least 23.8 GB are needed for files and scratch data, probably about 150 GB/,
    );
    expect(tree(out)).toEqual({});
  });

  it('is that of the nearest folder that is there', async () => {
    const asked: string[] = [];
    const out = newFolder();
    const machine = machineWith((folder) => {
      asked.push(folder);
      if (!nodeFs.existsSync(folder)) throw Object.assign(new Error('missing'), { code: 'ENOENT' });
      return 5 * GB;
    });
    const place = join(out, 'a', 'b');
    expect(freeSpaceAt(machine.fs, place)).toMatchObject({ place, bytes: 5 * GB });
    expect(asked).toEqual([place, dirname(place), out]);
  });

  it.each(['EACCES', 'ENOSYS'])('says nothing where it cannot be asked (%s)', async (code) => {
    const { fs } = machineWith(() => {
      throw Object.assign(new Error('no'), { code });
    });
    expect(freeSpaceAt(fs, '/')).toBeUndefined();
    expect(freeSpaceAt(nodeFs, '/proc')).toBeUndefined();
  });

  it.skipIf(small === undefined)(
    'that is small (needs the right to mount): refused, nothing left; what fits is written',
    async () => {
      const out = join(small!, 'out');
      const source = tellingSource({ sourceBytes: 100 * MB, estimatedRows: 100_000, rowBytes: 1000 });
      const changes = { out, destinationOf: installedPorts.destinationOf };
      const failing = snapshotInMemory(source, new MemoryDestination(), {}, changes);
      await expect(failing).rejects.toMatchObject({ code: 'destination.full' });
      await expect(failing).rejects.toThrow(/^1\.\d+ MB are free at .*\/out, and at least 4.76 MB are needed/);
      expect(source.lanesOpened()).toBe(0);
      expect(tree(small!)).toEqual({});
      const fitting = tellingSource({ sourceBytes: 16_000, estimatedRows: 1000, rowBytes: 16 });
      const made = snapshotInMemory(
        fitting,
        new MemoryDestination(),
        {},
        {
          ...changes,
          openObjects: installedPorts.openObjects,
        },
      );
      await expect(made).resolves.toMatchObject({ rows: 1000, warnings: [] });
    },
  );
});
