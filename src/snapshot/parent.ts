import { relative } from 'node:path';
import { invalidRequest, TidemarkError } from '../core/errors.js';
import { schemeOf } from '../core/url-scheme.js';
import { shellWord } from '../core/shell-word.js';
import { rowsWithInherited } from '../manifest/chain.js';
import type { Manifest } from '../manifest/shape.js';
import { assertContinues, assertOnlyChild, isSameRequest } from './continues.js';
import { assertReusable } from './reused-files.js';
import { versionUri } from '../core/version-uri.js';
import { findParent, type Parent } from '../version/parent.js';
import type { RegistrationSettings } from '../registration/settings.js';
import type { ChainPlan, Plan } from './plan.js';
import type { Ports } from './ports.js';

/** A plan, and the versions that it goes on from, or the one that it is compared with. */
export interface Continued {
  readonly plan: Plan;
  /** Where only new rows are read, for each version that is made the one that has the others; empty: all rows are read. */
  readonly parents: readonly Parent[];
  /** Where all rows are read: the version that may have the same. */
  readonly before: Parent | undefined;
}

type Destinations = Pick<Ports, 'destinationOf' | 'machine'>;

/**
 * Finds the versions that a plan goes on from, and what follows for the plan.
 * @throws request.invalid where one is not there, or not of the same kind; verification.failed; data.parent
 */
export async function continuedPlan(asked: Plan, ports: Destinations): Promise<Continued> {
  const { chain } = asked;
  const tellsHorizon = chain?.reads === 'new' ? 'needed' : 'wanted';
  const plan: Plan = { ...asked, source: { ...asked.source, tellsHorizon } };
  if (chain?.parent === undefined) return { plan, parents: [], before: undefined };
  const found = await findAll(plan, chain.parent, ports);
  const [first] = found;
  if (first === undefined) return firstRun(plan, chain);
  const command = exactCommand(plan.command, chain, first.location);
  if (chain.reads === 'new')
    return { plan: { ...(await goingOn(plan, found, ports)), command }, parents: found, before: undefined };
  assertReusable(plan, first.manifest);
  return { plan: { ...comparing(plan, first.manifest), command }, parents: [], before: first };
}

/** One, or one for each part that is a version of its own; none: there is nothing yet. @throws request.invalid where some are missing */
async function findAll(plan: Plan, location: string, ports: Destinations): Promise<readonly Parent[]> {
  const { parts, chain } = plan;
  const key = chain?.reads === 'new' ? 'parent' : 'if-changed';
  if (parts.length > 0 && key === 'if-changed') {
    throw invalidRequest(
      'if-changed: does not go with versions of parts of a split',
      'Leave --split-datasets out, or --if-changed.',
    );
  }
  const of = parts.length === 0 ? [undefined] : parts.map(({ split }) => split);
  const places = of.map((part) => location.replaceAll('{split}', part ?? '{split}'));
  const found = await Promise.all(
    places.map(async (place, index) => {
      const at = await versionAt(plan, place, ports);
      return at === undefined ? undefined : findParent(at, (one) => ports.destinationOf(one), of[index]);
    }),
  );
  const missing = places.filter((_, index) => found[index] === undefined);
  if (missing.length > 0 && missing.length < places.length) {
    throw invalidRequest(
      `${key}: there is no version at ${missing.join(', ')}, and there are versions of the other parts`,
      'Look at the path; or begin a new chain of all parts: --full.',
    );
  }
  return found.filter((one) => one !== undefined);
}

/** Only what is new is read. */
async function goingOn(plan: Plan, found: readonly Parent[], ports: Destinations): Promise<Plan> {
  const newest = newestOf(found);
  const versions = plan.parts.length > 0 ? plan.parts : [{ ...plan, split: undefined }];
  for (const [index, version] of versions.entries()) {
    const parent = found[index]!;
    assertContinues({ ...plan, ...version, split: plan.split }, version.split, parent.manifest);
    await assertOnlyChild(version, parent, plan, ports);
    assertUpToDate(parent, newest);
  }
  const { version, run } = newest.manifest;
  if (run.horizon === undefined) {
    throw new TidemarkError('data.parent', `parent: ${version.uri} does not tell what is new since it`, {
      hint: 'It was read from a query or a view without --cursor and --lag, with --limit, or before versions told that. Begin a new chain: --full.',
    });
  }
  const from = ({ manifest }: Parent): string => manifest.version.uri;
  return {
    ...plan,
    from: from(found[0]!),
    parts: plan.parts.map((part, index) => ({ ...part, from: from(found[index]!) })),
    source: { ...plan.source, since: run.horizon },
  };
}

/** Of versions of several parts, the one that was made last tells the moment: nothing was new in the others then. */
export function newestOf(found: readonly Parent[]): Parent {
  return found.reduce((newest, one) => (one.manifest.run.startedAt > newest.manifest.run.startedAt ? one : newest));
}

/** A part without new rows has no version of the last run: then that run's other versions say so. */
function assertUpToDate({ manifest }: Parent, newest: Parent): void {
  const { version, run } = newest.manifest;
  const told = version.siblings?.find(({ part }) => part === manifest.version.part);
  if (manifest.run.id === run.id || (told?.unchanged === true && told.uri === manifest.version.uri)) return;
  throw invalidRequest(
    `parent: ${manifest.version.uri} and ${version.uri} were not made together`,
    'Give the newest version of each part, or begin a new chain: --full.',
  );
}

/** All rows are read, unless the source can tell that they are those of the version. */
function comparing(plan: Plan, manifest: Manifest): Plan {
  const { horizon } = manifest.run;
  if (plan.chain?.whenUnchanged === 'republish') return plan;
  if (horizon === undefined || !isSameRequest(plan, manifest.version)) return plan;
  const { version } = manifest;
  const rows = version.tables.map(({ name }) => [name, rowsWithInherited(version, name)!] as const);
  return { ...plan, source: { ...plan.source, sameAs: { horizon, rows: Object.fromEntries(rows) } } };
}

/** Where a version lies that is given by its name: among those that runs like this one make. Undefined: there is none yet. */
async function versionAt({ out, chain }: Plan, given: string, ports: Destinations): Promise<string | undefined> {
  const [, dataset, version] = /^dataset:\/\/([^/]+)(?:\/([^/]+))?$/.exec(given) ?? [];
  if (dataset === undefined) return given;
  const name = version ?? (chain?.lookUp && (await newestIn(dataset, chain.lookUp, ports)));
  if (name === undefined) return undefined;
  const store = await ports.destinationOf(out).loadStore();
  const location = [dataset, name].reduce((folder, one) => store.join(folder, one), store.resolve(out));
  if ((await store.kindOf(location)) !== undefined) return location;
  throw invalidRequest(
    `parent: ${versionUri({ dataset, version: name })} is not at ${location}`,
    'Give where it lies, or its manifest: --parent s3://….',
  );
}

async function newestIn(
  dataset: string,
  settings: RegistrationSettings,
  { machine }: Destinations,
): Promise<string | undefined> {
  const { newestVersion } = await import('../registration/registration.js');
  return newestVersion(settings, dataset, machine.clock);
}

/** A folder of several versions has other ones later: the command names the one that was found. */
function exactCommand(command: string, { parent, given }: ChainPlan, found: string): string {
  if (given === undefined || parent!.includes('{split}')) return command;
  if (found === parent) return command;
  const isUrl = schemeOf(found) !== undefined;
  const exact = shellWord(isUrl ? found : `${given.replace(/\/$/, '')}/${relative(parent!, found)}`);
  return ['parent', 'if-changed'].reduce(
    (text, key) => text.replace(` --${key} ${shellWord(given)}`, ` --${key} ${exact}`),
    command,
  );
}

function firstRun(plan: Plan, { parent, reads, firstRun: meant, emptyInput, inputs }: ChainPlan): Continued {
  const key = reads === 'new' ? 'parent' : 'if-changed';
  const inputsText = inputs.length === 0 ? '' : ` The inputs are: ${inputs.join(', ')}.`;
  if (!meant && !emptyInput) {
    throw invalidRequest(
      `${key}: there is no version at ${parent}`,
      `If this is to be the first run, add --first-run; otherwise look at the path.${inputsText}`,
    );
  }
  const said = `there is nothing at ${parent} yet: this is a first run, which reads all rows`;
  return { plan: { ...plan, warnings: [...plan.warnings, said] }, parents: [], before: undefined };
}
