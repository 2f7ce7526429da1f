import { join } from 'node:path';
import type { VersionPlace } from '../../core/destination.js';
import { TidemarkError } from '../../core/errors.js';
import { versionUri } from '../../core/version-uri.js';
import { tolerate } from '../../machine/failure.js';
import { isThere } from './absent.js';
import { asDestinationFailure } from './failure.js';
import { readJournal } from './journal.js';
import { boardIn, type Outputs, stagingPrefix } from './layout.js';
import { livenessOf, type Workspace } from './workspace.js';

/** The board of the run that makes a version together with others; undefined: there is no such run that may live. */
export function findBoard(outputs: Outputs, version: VersionPlace): string | undefined {
  // Of several, one at most is of a run that lives: it began last.
  const [last] = rootsWithBoards(outputs, version)
    .filter((root) => livenessOf(outputs, root) !== 'dead')
    .sort((a, b) => (startOf(outputs, a) < startOf(outputs, b) ? 1 : -1));
  return last && boardIn(last);
}

/**
 * Others would not know which of two runs they are to help.
 * @throws request.version-exists where another run makes the version together with others, and began first
 */
export function assertOnlyBoard(workspace: Workspace, version: VersionPlace): void {
  const { outputs, root: own } = workspace;
  const other = rootsWithBoards(outputs, version).find(
    (root) =>
      root !== own && startOf(outputs, root) <= startOf(outputs, own) && workspace.standingOf(root) === 'living',
  );
  if (other === undefined) return;
  throw new TidemarkError(
    'request.version-exists',
    `version "${versionUri(version)}" is being made by another run together with others: ${other}`,
    { hint: 'Let it end, or choose another version name. Of the members of a run, one alone is number 0.' },
  );
}

function rootsWithBoards({ fs, out }: Outputs, { dataset, version }: VersionPlace): string[] {
  const names = asDestinationFailure('list', out, () => tolerate(['ENOENT', 'ENOTDIR'], () => fs.readdirSync(out)));
  return (names ?? [])
    .filter((name) => name.startsWith(stagingPrefix))
    .map((name) => join(out, name))
    .filter((root) => {
      const target = readJournal(fs, root)?.target;
      return target?.dataset === dataset && target.version === version && isThere(fs, boardIn(root));
    });
}

/** When a run began, and its name: no two are the same. */
const startOf = ({ fs }: Outputs, root: string): string => `${readJournal(fs, root)?.startedAt ?? ''} ${root}`;
