import { findFiles } from '../files/find.js';
import { placeAt } from '../files/place.js';
import { problemsError, resolveAdoptPlan } from '../snapshot/options.js';
import type { CommandRun } from './command.js';
import { makeVersion } from './snapshot.js';

/** `tidemark adopt`: files that another engine wrote → dataset version. */
export async function adoptCommand(run: CommandRun): Promise<number> {
  const { invocation, options, context } = run;
  if (options.problems.length > 0) throw problemsError(options.problems);
  const location = invocation.argument!;
  const found = await findFiles(location, await placeAt(location));
  return makeVersion(await resolveAdoptPlan(options, context, { location, found }), run);
}
