import { existsSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { schemeOf } from '../core/url-scheme.js';
import { packageFile } from '../machine/package-file.js';

/** The built command line. */
export const main = packageFile('#main');

/** How to call Tidemark again from a folder, as one types it: as the package that is installed there, by its name, or by its file. */
export function tidemarkFrom(folder: string): string {
  if (!main.split(sep).includes('node_modules')) return `node ${pathFrom(folder, main)}`;
  return isInstalledFor(folder) ? 'npx tidemark' : 'tidemark';
}

/** A path as one types it in a folder: relative where that is not longer, else in full. */
export function pathFrom(folder: string, path: string): string {
  if (schemeOf(path) !== undefined) return path;
  const way = relative(folder, path) || '.';
  return way.length < path.length ? way : path;
}

/** Where npx looks: in the folder and those above it. */
function isInstalledFor(folder: string): boolean {
  if (existsSync(join(folder, 'node_modules', '.bin', 'tidemark'))) return true;
  return dirname(folder) !== folder && isInstalledFor(dirname(folder));
}
