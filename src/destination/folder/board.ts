import { join } from 'node:path';
import type { VersionPlace } from '../../core/destination.js';
import { tolerate } from '../../machine/failure.js';
import { isThere } from './absent.js';
import { asDestinationFailure } from './failure.js';
import { readJournal } from './journal.js';
import { boardIn, type Outputs, stagingPrefix } from './layout.js';

/** The board of the run that makes a version together with others; undefined: there is no such run. */
export function findBoard({ fs, out }: Outputs, { dataset, version }: VersionPlace): string | undefined {
  const names = asDestinationFailure('list', out, () => tolerate(['ENOENT', 'ENOTDIR'], () => fs.readdirSync(out)));
  const boards = (names ?? [])
    .filter((name) => name.startsWith(stagingPrefix))
    .map((name) => join(out, name))
    .filter((root) => {
      const target = readJournal(fs, root)?.target;
      return target?.dataset === dataset && target.version === version && isThere(fs, boardIn(root));
    });
  // Of several, one at most is of a run that lives: it began last.
  return boards.map(boardIn).sort((a, b) => fs.statSync(b).ctimeMs - fs.statSync(a).ctimeMs)[0];
}
