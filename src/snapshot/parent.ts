import { relative } from 'node:path';
import { invalidRequest, TidemarkError } from '../core/errors.js';
import { shellWord } from '../core/shell-word.js';
import { canonicalJson } from '../manifest/canonical.js';
import { keyFingerprint } from '../mask/hashed-texts.js';
import type { Manifest } from '../manifest/shape.js';
import { versionUri } from '../core/version-uri.js';
import { childrenOf } from '../version/children.js';
import { findParent, type Parent } from '../version/parent.js';
import type { ChainPlan, Plan } from './plan.js';
import type { Ports } from './ports.js';

/** A plan, and the version that it goes on from, or is compared with. */
export interface Continued {
  readonly plan: Plan;
  /** Where only new rows are read: the version that has the others. */
  readonly parent: Parent | undefined;
  /** Where all rows are read: the version that may have the same. */
  readonly before: Parent | undefined;
}

/**
 * Finds the version that a plan goes on from, and what follows for the plan.
 * @throws request.invalid where it is not there, or not of the same kind; verification.failed; data.parent
 */
export async function continuedPlan(asked: Plan, ports: Pick<Ports, 'destinationOf'>): Promise<Continued> {
  const { chain } = asked;
  const tellsHorizon = chain?.reads === 'new' ? 'needed' : 'wanted';
  const plan: Plan = { ...asked, source: { ...asked.source, tellsHorizon } };
  if (chain?.parent === undefined) return { plan, parent: undefined, before: undefined };
  const found = await findParent(chain.parent, (location) => ports.destinationOf(location));
  if (found === undefined) return firstRun(plan, chain);
  const command = exactCommand(plan.command, chain, found.location);
  if (chain.reads === 'new') {
    return { plan: { ...(await goingOn(plan, found, ports)), command }, parent: found, before: undefined };
  }
  return { plan: { ...comparing(plan, found.manifest), command }, parent: undefined, before: found };
}

/** Only what is new is read. */
async function goingOn(plan: Plan, found: Parent, ports: Pick<Ports, 'destinationOf'>): Promise<Plan> {
  const { version, run } = found.manifest;
  assertContinues(plan, found.manifest);
  await assertOnlyChild(plan, found, ports);
  if (run.horizon !== undefined) {
    return { ...plan, from: version.uri, source: { ...plan.source, since: run.horizon } };
  }
  throw new TidemarkError('data.parent', `parent: ${version.uri} does not tell what is new since it`, {
    hint: 'It was read from a query or a view without --cursor and --lag, with --limit, or before versions told that. Begin a new chain: --full.',
  });
}

/** All rows are read, unless the source can tell that they are those of the version. */
function comparing(plan: Plan, manifest: Manifest): Plan {
  const { horizon } = manifest.run;
  if (horizon === undefined || !isSameRequest(plan, manifest.version)) return plan;
  const { tables, inherits = [] } = manifest.version;
  const rows = tables.map(({ name, facts }): [string, number] => {
    const earlier = inherits.flatMap((one) => one.tables.filter((table) => table.name === name));
    return [name, earlier.reduce((sum, table) => sum + table.rows, facts.rows)];
  });
  return { ...plan, source: { ...plan.source, sameAs: { horizon, rows: Object.fromEntries(rows) } } };
}

/** A folder of several versions has other ones later: the command names the one that was found. */
function exactCommand(command: string, { parent, given }: ChainPlan, found: string): string {
  const way = relative(parent!, found);
  if (given === undefined || way === '') return command;
  const exact = shellWord(`${given.replace(/\/$/, '')}/${way}`);
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
  return { plan: { ...plan, warnings: [...plan.warnings, said] }, parent: undefined, before: undefined };
}

/** Whether both are versions of one dataset, made the same way: otherwise together they would be none. */
function assertContinues(plan: Plan, { version }: Manifest): void {
  const { uri, dataset, inherits = [], tables, part } = version;
  const mismatch = (key: string, what: string): TidemarkError =>
    invalidRequest(
      `${key}: ${what} ${uri}, from which this version is to go on`,
      'Give the same options, or begin a new chain: --full.',
    );
  if (dataset !== plan.dataset) throw mismatch('dataset', `"${plan.dataset}" is not the dataset of`);
  if ([uri, ...inherits.map((one) => one.uri)].includes(versionUri(plan))) {
    throw invalidRequest(
      `dataset: ${versionUri(plan)} is the parent itself, or one that it inherits`,
      'Give the new version another name, for example with {date} or {datetime}.',
    );
  }
  if (part !== undefined || plan.parts.length > 0)
    throw mismatch('split-datasets', 'parts are versions of their own, not so');
  if (version.format !== plan.format)
    throw mismatch('format', `files are ${plan.format}, and ${version.format} those of`);
  if (tables.some(({ request }) => request.limit !== undefined)) throw mismatch('parent', 'not all rows are in');
  const names = tables.map(({ name }) => name).join(', ');
  if (names !== plan.source.tables.map(({ name }) => name).join(', '))
    throw mismatch('table', `tables are ${names} in`);
  for (const [key, before, now] of placesOf(version, plan)) {
    if (canonicalJson([before]) !== canonicalJson([now])) throw mismatch(key, 'rows would go elsewhere than in');
  }
  assertSameMaskKey(plan, version);
}

/** Whether a version that was made has the rows of an earlier one, in the same places. */
export function isSameVersion(plan: Plan, before: Manifest, [made, ...others]: readonly Manifest[]): boolean {
  if (made === undefined || others.length > 0 || !isSameRequest(plan, before.version)) return false;
  const { digest, chain } = before.version;
  return made.version.digest !== 'off' && made.version.digest === (chain === undefined ? digest : chain.digest);
}

/** Whether the same is asked for, as far as it decides which rows there are and where they go. */
function isSameRequest(plan: Plan, version: Manifest['version']): boolean {
  const names = version.tables.map(({ name }) => name).join();
  const now = plan.masks.key && keyFingerprint(plan.masks.key.reveal());
  return (
    names === plan.source.tables.map(({ name }) => name).join() &&
    version.format === plan.format &&
    canonicalJson(version.misfits) === canonicalJson(plan.misfits) &&
    version.part === undefined &&
    plan.parts.length === 0 &&
    plan.sample === undefined &&
    now === version.maskKey &&
    placesOf(version, plan).every(([, before, after]) => canonicalJson([before]) === canonicalJson([after]))
  );
}

/** What decides where rows go: an entity must stay where it is. */
function placesOf(version: Manifest['version'], plan: Plan): readonly (readonly [string, unknown, unknown])[] {
  return [
    ['split', version.split, plan.split],
    ['sample', version.sample, plan.sample],
    ['partition-by', version.tables.map(({ partition }) => partition), plan.tables.map((work) => work.partitioning)],
    ['split-key', version.tables.map(({ request }) => request.splitKey), plan.tables.map((work) => work.splitKey)],
  ];
}

function assertSameMaskKey({ masks }: Plan, { maskKey, uri }: Manifest['version']): void {
  const now = masks.key && keyFingerprint(masks.key.reveal());
  if (now === maskKey) return;
  const fingerprints = `fingerprint ${maskKey ?? 'none'}, now ${now ?? 'none'}`;
  throw new TidemarkError('data.parent', `the key of masks is not that of ${uri} (${fingerprints})`, {
    hint: 'Equal values would have other hashes. Give the same TIDEMARK_MASK_KEY, or begin a new chain: --full.',
  });
}

/** Two versions that go on from the same one would both hold what is new. */
async function assertOnlyChild(plan: Plan, parent: Parent, ports: Pick<Ports, 'destinationOf'>): Promise<void> {
  const out = await ports.destinationOf(plan.out).loadStore();
  const beside = await ports.destinationOf(parent.location).loadStore();
  const folders = [
    [out, out.join(plan.out, plan.dataset)],
    [beside, parent.folder],
  ] as const;
  const children = await childrenOf(parent.manifest, folders);
  const others = children.filter((uri) => uri !== versionUri(plan));
  if (others.length === 0) return;
  throw invalidRequest(
    `parent: ${parent.manifest.version.uri} has a version that goes on from it: ${others.join(', ')}`,
    'Go on from the newest version; two that go on from the same one hold the same rows twice.',
  );
}
