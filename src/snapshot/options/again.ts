import { invalidRequest } from '../../core/errors.js';
import { filesDescription } from '../../files/description.js';
import { filesKind } from '../../files/source.js';
import type { SourceDescription } from '../../core/source-description.js';
import type { Manifest, ManifestTable } from '../../manifest/shape.js';
import { keyFingerprint } from '../../mask/hashed-texts.js';
import { type ChosenSource, sourceOf } from '../../source/registry.js';
import type { Plan } from '../plan.js';
import { maskKeyVariable } from '../../core/variables.js';
import { type OptionContext, type OptionSet, readOptions } from './read.js';
import { problemsError } from './problems.js';
import { resolvePlanFor } from './resolve.js';
import { type CamelCase, definitionOf, type OptionKey, type OptionValues, type SnapshotOptions } from './table.js';

/** What may be said of a version's query that is read once more: how it is read, and what that may take. */
export const againKeys = [
  'via',
  'secret-param',
  'as-of',
  'snapshot-id',
  'staging',
  'lanes',
  'memory',
  'scratch',
  'max-statement',
  'lock-wait',
  'retry-for',
  'max-rate',
  'stall-limit',
  'max-bytes-billed',
  'max-cost',
] as const satisfies readonly OptionKey[];

/** The same, by their names in the library. */
export type AgainOptions = Pick<SnapshotOptions, CamelCase<(typeof againKeys)[number]>>;

/** What a version was made of, and how. */
type Made = Manifest['version'];

/**
 * Decides the reading of what a version was made of once more: the same tables, queries, parameters, types and masks.
 * @param source a URL, as `--source`; of files that were adopted, where they are
 * @param set options of {@link againKeys}
 * @throws request.invalid where the version is of another kind of database, or needs a secret that is not there
 */
export async function resolveAgainPlan(
  { version, run }: Pick<Manifest, 'version' | 'run'>,
  source: string,
  { set, context }: { readonly set: OptionSet; readonly context: OptionContext },
): Promise<Plan> {
  const chosen = version.source === filesKind ? await filesAt(source, version) : databaseAt(source, version, context);
  // No variable says otherwise what the version was made of.
  const again = await readOptions({ library: requestOf(version), configFile: false }, { ...context, env: {} });
  const problems = [...set.problems, ...again.problems];
  if (problems.length > 0) throw problemsError(problems);
  const moment = momentOf(version, run.certificate, { ...chosen.source, now: context.now });
  const values = { ...moment, ...set.values, ...again.values, 'secret-param': secretsOf(version, set.values) };
  const origins = new Map([...set.origins, ...again.origins]);
  const plan = await resolvePlanFor(chosen, { ...set, values, origins }, context);
  assertMaskKey(plan, version);
  const { sample, split, part } = version;
  return {
    ...plan,
    // Rows are read, and no file becomes one of a version.
    keepsFiles: false,
    tables: plan.tables.map((work) => ({
      ...work,
      sample: sample && { ...sample, key: work.splitKey ?? sample.key },
      // Which part a row is in matters to a version of one part alone.
      onlyPart: part,
      split: part === undefined || split === undefined ? undefined : { ...split, key: work.splitKey ?? split.key },
    })),
  };
}

async function filesAt(location: string, version: Made): Promise<ChosenSource> {
  if (definitionOf('source').schema.safeParse(location).success) throw otherKind(version, 'a database');
  const [{ findFiles }, { placeAt }] = await Promise.all([
    import('../../files/find.js'),
    import('../../files/place.js'),
  ]);
  return { source: filesDescription(await findFiles(location, await placeAt(location))), url: undefined };
}

function databaseAt(source: string, version: Made, { env }: OptionContext): ChosenSource {
  assertSource(source);
  const chosen = sourceOf(source, env);
  if (chosen.source.kind === version.source) return chosen;
  throw otherKind(version, chosen.source.kind);
}

/** Its text may be a secret, and is not shown. */
function assertSource(source: string): void {
  const { schema, allowed } = definitionOf('source');
  if (schema.safeParse(source).success) return;
  throw invalidRequest(
    `against: it is no source (allowed: ${allowed})`,
    'Write it as `tidemark snapshot` takes --source; a scheme alone leaves the rest to DB_HOST and the other variables.',
  );
}

/** Where the source goes back, and still can, the version's own moment is read. */
function momentOf(
  { tables }: Made,
  { moment, momentAfterStatement, momentReadableUntil }: Manifest['run']['certificate'],
  { travelsTo, now }: Pick<SourceDescription, 'travelsTo'> & { readonly now: Date },
): Pick<OptionValues, 'as-of'> {
  if (tables.some(({ request: { query } }) => query !== undefined && !query.includes('{as_of}'))) return {};
  const isAfterStatement = travelsTo.includes('statement') && typeof momentAfterStatement === 'string';
  if (isAfterStatement) return { 'as-of': momentAfterStatement };
  const isGone = typeof momentReadableUntil === 'string' && Date.parse(inIso(momentReadableUntil)) < now.getTime();
  return travelsTo.includes('time') && typeof moment === 'string' && !isGone ? { 'as-of': inIso(moment) } : {};
}

/** Certificates have moments as SQL writes them: `2024-06-30 21:59:59.123+00`. */
const inIso = (moment: string): string => moment.replace(' ', 'T').replace(/\+00$/, 'Z');

/** As options of the library. */
function requestOf(version: Made): SnapshotOptions {
  const { uri, tables, misfits, date, timeZone } = version;
  const parameters = tables.flatMap(({ request }) => request.parameters ?? []);
  const plain = parameters.filter(({ secret }) => !secret).map(({ name, value = '' }) => [name, value] as const);
  return {
    dataset: uri,
    date,
    timeZone,
    tables: Object.fromEntries(tables.map((table) => [table.name, tableRequest(table)])),
    ...(plain.length > 0 && { param: Object.fromEntries(plain) }),
    misfit: misfits.misfit,
    infinity: misfits.infinity === 'misfit' ? undefined : misfits.infinity,
  };
}

function tableRequest({ request, schema }: ManifestTable): Record<string, unknown> {
  const { table, query, casts, redacted, limit, splitKey } = request;
  const masks = schema.flatMap(({ name, mask }) => (mask === undefined ? [] : [[name, mask] as const]));
  return {
    ...(table === undefined ? { query } : { table }),
    ...(casts && { cast: casts }),
    ...(redacted && { 'redact-stats': redacted }),
    ...(masks.length > 0 && { mask: Object.fromEntries(masks) }),
    ...(limit !== undefined && { limit }),
    ...(splitKey && { 'split-key': splitKey }),
  };
}

/** Of secret parameters the manifest has the names alone. */
function secretsOf({ tables }: Made, values: OptionValues): NonNullable<OptionValues['secret-param']> {
  const given = values['secret-param'] ?? {};
  const names = tables.flatMap(({ request }) =>
    (request.parameters ?? []).flatMap((one) => (one.secret ? one.name : [])),
  );
  return { ...Object.fromEntries(names.map((name) => [name, { value: undefined, secret: true }])), ...given };
}

function assertMaskKey({ masks }: Plan, { maskKey, uri }: Made): void {
  if (maskKey === undefined || keyFingerprint(masks.key) === maskKey) return;
  throw invalidRequest(
    `against: columns of ${uri} are masked by another key than that in ${maskKeyVariable}: fingerprint ${maskKey}, and ${keyFingerprint(masks.key)} here`,
    'Set the key that the version was made with: without it nobody can tell whether values are the same.',
  );
}

function otherKind({ source, uri }: Made, given: string): Error {
  return invalidRequest(
    `against: ${uri} was read from ${source}, and this is ${given}`,
    source === filesKind
      ? 'Give the place of the files that it was adopted from.'
      : 'Give the database that it was read from, or one that has the same tables, of the same kind.',
  );
}
