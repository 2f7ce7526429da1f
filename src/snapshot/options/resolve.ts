import { invalidRequest } from '../../core/errors.js';
import { machineCores } from '../../machine/cores.js';
import type { SourceDescription } from '../../core/source-description.js';
import type { MisfitPolicy, Parameter, SourceRequest } from '../../core/source-request.js';
import { dateText, logicalDate } from '../../manifest/logical-date.js';
import { valohaiLineage } from '../../manifest/platform.js';
import { checkProperties } from '../../manifest/properties.js';
import type { ShardsToName } from '../../manifest/shard-names.js';
import { type ChosenSource, isConnectionVariable, sourceOf } from '../../source/registry.js';
import type { Plan, TableWork } from '../plan.js';
import { resolveChain } from './chain.js';
import { renderCommand } from './command.js';
import { type CardPlace, checkDatasetCard } from './dataset-card.js';
import { checkDeletes } from './deletes.js';
import { undecodable } from './encoding.js';
import { resolveExpectations } from './expectations.js';
import { resolveOut, resolveRegister, resolveScratch } from './folders.js';
import { freeze } from './freeze.js';
import { resolveParameters } from './parameters.js';
import { resolveMasks } from './masks.js';
import { checkMembership, resolveMembership } from './members.js';
import { orProblem, type Problem, problemsError } from './problems.js';
import type { OptionContext, OptionSet } from './read.js';
import type { OptionValues } from './table.js';
import { randomName } from './run-name.js';
import { resolveName } from './shard-name.js';
import { toldSecrets } from './told-secrets.js';
import { resolveSample, resolveSplit, splitWarnings } from './split.js';
import { resolveTables } from './tables.js';
import { hasMasks, tableWork } from './table-work.js';
import { type ResolvedVersions, resolveVersions, versionOf } from './versions.js';
import { warehouseRequest } from './warehouse.js';
import { resolveWriting } from './how-to-write.js';
import { rewrites } from './rewriting.js';
import { resolveStaging } from './staging.js';

/** Milliseconds. */
const lockWait = 60_000;
const retryFor = 60_000;
/** Milliseconds. */
const stallLimit = 3_600_000;

/**
 * Decides a run: options, checked against each other, with every default and template filled in. Reads the query's file
 * and what the connection needs (certificates, password file); asks no server anything.
 * @throws request.invalid, request.unknown-key
 */
export function resolvePlan(set: OptionSet, context: OptionContext): Promise<Plan> {
  return resolvePlanFor(sourceOf(set.values.source, context.env), set, context);
}

/**
 * The same for a source that no option says.
 * @param command the words that the command which makes the version again begins with
 */
export async function resolvePlanFor(
  { source, url }: ChosenSource,
  set: OptionSet,
  context: OptionContext,
  command = 'tidemark snapshot',
): Promise<Plan> {
  const { values } = set;
  const problems = [...set.problems];
  const timeZone = values['time-zone'] ?? 'UTC';
  const date = logicalDate(values.date, context.now, timeZone);
  const naming = { date, run: randomName(context.random) };
  const places = resolvePlaces(values, problems);
  const versions = resolveVersions(set, naming, places.split, problems);
  const asked = await resolveTables(set, queryName(versions), context, problems);
  const tables = asked.map(({ request }) => request);
  const requests = await source.loadRequests();
  const given = { tables, date: dateText(date), env: context.env, source: requests };
  const parameters = resolveParameters(values, given, problems);
  const masks = orProblem(problems, () => resolveMasks(values, asked, context.env));
  const works = asked.map((table) => orProblem(problems, () => tableWork(values, table, places)));
  const files = shardsToName(set, places, { tables, works, versions });
  const name = versions && orProblem(problems, () => resolveName(values.name, naming, versions.pattern, files));
  const expected = orProblem(problems, () => resolveExpectations(values));
  const where = { out: resolveOut(set, context), register: resolveRegister(set, context, problems) };
  const chain = orProblem(problems, () => resolveChain(set, context, where.out));
  const writing = orProblem(problems, () => resolveWriting(values, context.env));
  const staging = orProblem(problems, () => resolveStaging(set, source, naming.run));
  const member = orProblem(problems, () => resolveMembership(values, context.env, source));
  orProblem(problems, () => checkMembership(member, values));
  const inFiles = files.split === 'files' ? places.split : undefined;
  checkBeside(values, { out: where.out, split: inFiles, env: context.env }, problems);
  orProblem(problems, () => checkDeletes(values, parameters));
  orProblem(problems, () => checkResume(values, source));
  problems.push(...toldSecrets(toldValues(values), parameters, context.env));
  if (problems.length > 0 || !versions || name === undefined || !masks || !expected || !writing)
    throw problemsError(problems);
  const connection = requests.resolveConnection({ ...context, ...(url !== undefined && { url }) });
  const dated = isDecisive(dateText(date), values, parameters) ? dateText(date) : undefined;
  return freeze({
    sourceKind: source.kind,
    source: {
      connection,
      tables,
      parameters,
      via: roadOf(values.via, source),
      ...readingOf(values),
      ...warehouseRequest(values, source),
      ...(staging && { unload: staging.unload }),
      hideValues: tables.some(({ redacted }) => redacted.length > 0) || works.some((work) => hasMasks(work)),
    },
    misfits: misfitPolicy(values),
    staging: staging?.location,
    keepsFiles: !rewrites(values),
    ...where,
    scratch: resolveScratch(set, context),
    masks,
    ...places,
    tables: works.flatMap((work) => work ?? []),
    tracksDeletes: values.deletes === 'scan',
    ...versionOf(versions.first),
    parts: versions.parts,
    chain,
    name,
    ...writing,
    expected,
    ...retrying(values),
    lanes: values.lanes ?? 'auto',
    cores: machineCores(context.env),
    member,
    memory: values.memory,
    maxRate: values['max-rate'],
    date: dateText(date),
    timeZone,
    startedAt: context.now,
    run: naming.run,
    lineage: valohaiLineage(context.env),
    command: renderCommand(command, set, { uri: versions.pattern.uri, date: dated, parameters }),
    warnings: [set, versions, connection].flatMap(({ warnings }) => warnings).concat(askedWarnings(values, places)),
  });
}

/** A query has the name of its dataset, without what says of a part which it is. */
const queryName = (versions: ResolvedVersions | undefined): string =>
  versions?.pattern.dataset.replaceAll(/[-_.]*\{split\}[-_.]*/g, '') || 'query';

/** Whether the version depends on the run's date. */
const isDecisive = (date: string, values: OptionValues, parameters: readonly Parameter[]): boolean =>
  values.date !== undefined || parameters.some((one) => one.name === 'date' && one.value === date);

/** What is waited for, and tried again. */
const retrying = (values: OptionValues): Pick<Plan, 'lockWait' | 'retryFor' | 'whenLost' | 'resumes'> => ({
  lockWait: values['lock-wait'] ?? lockWait,
  retryFor: values['retry-for'] ?? retryFor,
  whenLost: values['when-lost'] ?? 'fail',
  resumes: values.resume === true,
});

/** Rows that are read later would be of another moment. */
function checkResume(values: OptionValues, { goesBack, schemes }: SourceDescription): void {
  if (values.resume !== true) return;
  if (goesBack && values['as-of'] !== undefined)
    throw invalidRequest('resume: does not go with as-of: both say which moment is read', 'Leave one of them out.');
  if (goesBack) return;
  throw invalidRequest(
    `resume: ${schemes[0]!}:// cannot give the moment of a run that has ended once more, and rows of two moments are never put together`,
    'Leave it out and run again. --when-lost restart begins again by itself when the server was away during a run.',
  );
}

/** The road that was asked for, or the source's first one. @throws request.invalid for one that it does not have */
function roadOf(asked: string | undefined, { roads, schemes }: SourceDescription): string {
  const known = Object.keys(roads);
  if (asked === undefined || known.includes(asked)) return asked ?? known[0]!;
  throw invalidRequest(
    `via: ${schemes[0]} has no road "${asked}"; allowed is ${known.join(' or ')}`,
    'Leave --via out: the first one is the default.',
  );
}

/** Options whose words stand in the manifest or the platform's metadata. */
function toldValues(values: OptionValues): Readonly<Record<string, unknown>> {
  const { dataset, tag, alias, property, name, expect, 'expect-warn': warn } = values;
  return { dataset, name, tag, alias, property, expect, 'expect-warn': warn };
}

/** What does not decide where rows go and how they are written. */
function checkBeside(values: OptionValues, place: CardPlace, problems: Problem[]): void {
  checkMisfits(values, problems);
  checkSnapshotId(values, problems);
  orProblem(problems, () => checkDatasetCard(values, place));
  problems.push(...connectionFaults(place.env));
  orProblem(problems, () => checkProperties(values.property ?? {}));
}

function readingOf(
  values: OptionValues,
): Pick<SourceRequest, 'maxStatement' | 'stallLimit' | 'consistency' | 'snapshotId' | 'readsAllKeys' | 'nullsMisfits'> {
  return {
    maxStatement: values['max-statement'],
    stallLimit: values['stall-limit'] ?? stallLimit,
    consistency: values.consistency ?? 'snapshot',
    ...(values['snapshot-id'] !== undefined && { snapshotId: values['snapshot-id'] }),
    ...(values.deletes === 'scan' && { readsAllKeys: true }),
    ...(values.misfit === 'null' && { nullsMisfits: true }),
  };
}

function shardsToName(
  { values }: OptionSet,
  places: Pick<Plan, 'split'>,
  {
    tables,
    works,
    versions,
  }: {
    readonly tables: SourceRequest['tables'];
    readonly works: readonly (TableWork | undefined)[];
    readonly versions: ResolvedVersions | undefined;
  },
): ShardsToName {
  return {
    tables: tables.map((table) => table.name),
    split: placesOfParts(places, versions),
    partition: works.some((work) => work?.partitioning !== undefined),
    single: values['single-file'] === true,
  };
}

/** Where the parts of a split are. */
function placesOfParts({ split }: Pick<Plan, 'split'>, versions: ResolvedVersions | undefined): ShardsToName['split'] {
  if (split === undefined) return 'no';
  return versions?.parts.length ? 'versions' : 'files';
}

/** Of what is asked for, and may not be meant. */
function askedWarnings(values: OptionValues, { sample, split }: Pick<Plan, 'sample' | 'split'>): readonly string[] {
  return [...aliasWarning(values), ...splitWarnings(split, sample)];
}

/** A trial that an alias points to is what training takes next. */
function aliasWarning({ limit, sample, alias, register }: OptionValues): readonly string[] {
  if (alias !== undefined && register === true)
    return [`the alias "${alias}" is not moved: no call of Valohai's API for that is known; move it in the app`];
  if (alias === undefined || (limit === undefined && sample === undefined)) return [];
  const what = limit === undefined ? `a sample of ${sample} (--sample)` : `at most ${limit} rows (--limit)`;
  return [`the alias "${alias}" will point to a version that holds ${what}`];
}

/** Where rows go. */
function resolvePlaces(given: OptionValues, problems: Problem[]): Pick<Plan, 'sample' | 'split' | 'label'> {
  const values = withKeyOfTables(given);
  return {
    sample: orProblem(problems, () => resolveSample(values)),
    split: orProblem(problems, () => resolveSplit(values)),
    label: values['split-label'],
  };
}

/** Where every table has a key of its own, rows are split by entities without one for all: that of the first table stands for them. */
function withKeyOfTables(values: OptionValues): OptionValues {
  const keys = Object.values(values.tables ?? {}).map((own) => own['split-key']);
  const needed = values['split-key'] === undefined && (values.split !== undefined || values.sample !== undefined);
  const [first] = keys;
  return !needed || first === undefined || keys.includes(undefined) ? values : { ...values, 'split-key': first };
}

function connectionFaults(env: OptionContext['env']): Problem[] {
  return Object.entries(env)
    .filter(([name]) => isConnectionVariable(name))
    .flatMap(([name, value]) => undecodable(value ?? '', name) ?? []);
}

function misfitPolicy({ misfit, infinity }: OptionValues): MisfitPolicy {
  return { misfit: misfit ?? 'fail', infinity: infinity === undefined || infinity === 'fail' ? 'misfit' : infinity };
}

function checkMisfits({ misfit, infinity }: OptionValues, problems: Problem[]): void {
  if (misfit !== 'null' || infinity !== 'fail') return;
  problems.push({
    code: 'request.invalid',
    message: 'infinity: "fail" does not go with misfit "null", which writes infinities as NULL too',
    hint: 'Give --infinity extreme or null, or leave --misfit at fail.',
  });
}

function checkSnapshotId({ 'snapshot-id': id, consistency }: OptionValues, problems: Problem[]): void {
  if (id === undefined || consistency !== 'none') return;
  problems.push({
    code: 'request.invalid',
    message: 'snapshot-id: does not go with consistency "none", which is of no moment',
    hint: 'Leave one of them out.',
  });
}
