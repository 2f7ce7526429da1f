import { join } from 'node:path';
import { tolerate } from '../../machine/failure.js';
import type { FileSystem } from '../../machine/file-system.js';
import { versionIn } from './layout.js';

/** Ends the name of a staging folder that its own run has given up. */
export const retiredSuffix = '~';

/** What tells a staged version's manifest. */
export interface StagedManifest {
  readonly dataset: string;
  readonly version: string;
  readonly name: string;
}

/**
 * First step of removing a staging folder. Manifests go first, because a manifest stands only where all of its
 * files do; then the folder takes another name, so that nothing that still runs finds its way into it. Gives the name.
 */
export function retire(
  fs: FileSystem,
  root: string,
  newName: string,
  manifests: readonly StagedManifest[],
): string | undefined {
  for (const manifest of manifests) {
    const folder = versionIn(root, manifest);
    tolerate(['ENOENT', 'ENOTDIR'], () => {
      // Through a link it would be somebody else's.
      if (fs.realpathSync(folder) === folder) fs.unlinkSync(join(folder, manifest.name));
    });
  }
  try {
    fs.renameSync(root, newName);
    return newName;
  } catch {
    // Windows keeps the name of a folder with open files; it is removed under that name.
    return fs.existsSync(root) ? root : undefined;
  }
}
