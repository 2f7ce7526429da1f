import { invalidRequest, TidemarkError } from '../core/errors.js';
import { versionUri } from '../core/version-uri.js';
import { canonicalJson } from '../manifest/canonical.js';
import type { Manifest } from '../manifest/shape.js';
import { keyFingerprint } from '../mask/hashed-texts.js';
import { forksOf } from '../version/children.js';
import type { Parent } from '../version/parent.js';
import type { Plan, PlannedVersion } from './plan.js';
import type { Ports } from './ports.js';

/**
 * Whether both are versions of one dataset, made the same way: otherwise together they would be none.
 * @param of the part of the split that the version is of
 * @throws request.invalid; data.parent for another key of masks
 */
export function assertContinues(plan: Plan, of: string | undefined, { version }: Manifest): void {
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
  if (part !== of) throw mismatch('split-datasets', `${of ?? 'all rows'} is not what is in`);
  if (version.format !== plan.format)
    throw mismatch('format', `files are ${plan.format}, and ${version.format} those of`);
  if (tables.some(({ request }) => request.limit !== undefined)) throw mismatch('parent', 'not all rows are in');
  const names = namesOf(tables);
  if (names !== namesOf(plan.source.tables)) throw mismatch('table', `tables are ${names} in`);
  for (const [key, before, now] of placesOf(version, plan)) {
    if (canonicalJson([before]) !== canonicalJson([now])) throw mismatch(key, 'rows would go elsewhere than in');
  }
  const [before, now] = [keysIn(version.tables), keysIn(plan.tables)];
  if (before.join() !== now.join())
    throw mismatch('key', `rows are told by ${now.join('; ')}, and were by ${before.join('; ')} in`);
  const tracked = version.tables.every(({ live }) => live !== undefined);
  if (tracked !== plan.tracksDeletes)
    throw mismatch('deletes', tracked ? 'it is known which rows were deleted of' : 'no keys of rows are kept beside');
  assertSameMaskKey(plan, version);
}

/** Whether a version that was made has the rows of an earlier one, in the same places. */
export function isSameVersion(plan: Plan, before: Manifest, [made, ...others]: readonly Manifest[]): boolean {
  if (made === undefined || others.length > 0 || !isSameRequest(plan, before.version)) return false;
  const { digest, chain } = before.version;
  return made.version.digest !== 'off' && made.version.digest === (chain === undefined ? digest : chain.digest);
}

/** Whether the same is asked for, as far as it decides which rows there are and where they go. */
export function isSameRequest(plan: Plan, version: Manifest['version']): boolean {
  return (
    namesOf(version.tables) === namesOf(plan.source.tables) &&
    version.format === plan.format &&
    canonicalJson(version.misfits) === canonicalJson(plan.misfits) &&
    version.part === undefined &&
    plan.parts.length === 0 &&
    plan.sample === undefined &&
    keyFingerprint(plan.masks.key) === version.maskKey &&
    [...placesOf(version, plan), ['key', keysIn(version.tables), keysIn(plan.tables)] as const].every(
      ([, before, after]) => canonicalJson([before]) === canonicalJson([after]),
    )
  );
}

/** What rows are told by that replace others, by table. */
const keysIn = (tables: readonly { readonly key?: readonly string[] | undefined }[]): readonly string[] =>
  tables.map(({ key }) => key?.join(', ') ?? 'nothing');

const namesOf = (tables: readonly { readonly name: string }[]): string => tables.map(({ name }) => name).join(', ');

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
  const now = keyFingerprint(masks.key);
  if (now === maskKey) return;
  const fingerprints = `fingerprint ${maskKey ?? 'none'}, now ${now ?? 'none'}`;
  throw new TidemarkError('data.parent', `the key of masks is not that of ${uri} (${fingerprints})`, {
    hint: 'Equal values would have other hashes. Give the same TIDEMARK_MASK_KEY, or begin a new chain: --full.',
  });
}

/** Two versions that go on from the same one would both hold what is new. */
export async function assertOnlyChild(
  version: Pick<PlannedVersion, 'dataset' | 'version'>,
  parent: Parent,
  { out: outputs }: Pick<Plan, 'out'>,
  ports: Pick<Ports, 'destinationOf'>,
): Promise<void> {
  const out = await ports.destinationOf(outputs).loadStore();
  const beside = await ports.destinationOf(parent.location).loadStore();
  const folders = [
    [out, out.join(outputs, version.dataset)],
    [beside, parent.folder],
  ] as const;
  const forks = await forksOf(parent.manifest, folders);
  const others = forks.filter((uri) => uri !== versionUri(version));
  if (others.length === 0) return;
  throw invalidRequest(
    `parent: ${parent.manifest.version.uri}, or what it inherits, has another version that goes on from it: ${others.join(', ')}`,
    'Two that go on from the same one hold the same rows twice. Go on from the newest version, or remove one of them.',
  );
}
