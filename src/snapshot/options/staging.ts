import type * as z from 'zod';
import { invalidRequest } from '../../core/errors.js';
import type { SourceDescription } from '../../core/source-description.js';
import type { UnloadRequest } from '../../core/source-request.js';
import { define, type OptionDefinition } from './definition.js';
import * as kind from './kinds.js';

const bucket = /^(?:s3|gs):\/\/[^\s/?#]+\/[^?#\t\r\n]*[^/?#\t\r\n][^?#\t\r\n]*(?:\?.*)?$/i;

/** Names of runs' folders begin so; others in the same place are left alone. */
export const runFolderPrefix = 'tidemark-';

/** Of sources that can write files by themselves. */
export const staging = {
  staging: define({
    schema: kind.text.regex(bucket),
    group: 'What to read',
    value: '<location>',
    help: 'A prefix in a bucket where the database may write files itself, which are read and removed again: --via unload, and by itself where much is read',
    allowed: 'a prefix in a bucket, such as s3://lake/staging or gs://lake/staging',
  }),
} satisfies Record<string, OptionDefinition>;

type Values = { readonly [K in keyof typeof staging]?: z.output<(typeof staging)[K]['schema']> };

/** What is said of staging, and which options were given at all. */
interface Given {
  readonly values: Values & { readonly via?: string | undefined };
  readonly origins: { has(name: 'staging'): boolean };
}

/** Where a run's files are put before they are read. */
export interface Staging {
  /** The run's own place, as the destination's store names it. */
  readonly location: string;
  readonly unload: UnloadRequest;
}

/** @param run the run's short random name @throws request.invalid for what the source does not have */
export function resolveStaging(
  { values: { staging: location, via }, origins }: Given,
  { unloads, schemes }: SourceDescription,
  run: string,
): Staging | undefined {
  const asked = via === 'unload';
  if (location === undefined) {
    // One that is wrong is told of already.
    if (!asked || origins.has('staging')) return undefined;
    throw invalidRequest(
      'via: unload writes files into a bucket, and no place is given',
      `Add --staging ${unloads?.scheme ?? 's3'}://bucket/prefix.`,
    );
  }
  if (unloads === undefined)
    throw invalidRequest(
      `staging: ${schemes[0]}:// writes no files by itself`,
      'Leave it out: its rows are asked for.',
    );
  assertPlace(location, unloads, schemes[0]!);
  if (via !== undefined && !asked)
    throw invalidRequest(`staging: does not go with via "${via}"`, 'Leave one of them out, or give --via unload.');
  const [path = '', settings] = location.split('?', 2) as [string, string | undefined];
  // As stores name it: the database must write just where its files are looked for.
  const names = path
    .split('/')
    .slice(2)
    .filter((name) => name !== '');
  const to = [`${unloads.scheme}:/`, ...names, `${runFolderPrefix}${run}`].join('/');
  // A plus is a plus.
  const known = new URLSearchParams(settings?.replaceAll('+', '%2B'));
  return {
    location: settings === undefined ? to : `${to}?${settings}`,
    unload: {
      to,
      region: known.get('region') ?? undefined,
      kmsKey: known.get('kms-key') ?? undefined,
      when: asked ? 'asked' : 'large',
    },
  };
}

function assertPlace(
  location: string,
  { scheme, settings, numbers }: NonNullable<SourceDescription['unloads']>,
  source: string,
): void {
  if (!location.toLowerCase().startsWith(`${scheme}://`))
    throw invalidRequest(`staging: ${source}:// writes into ${scheme}:// alone`, `Give ${scheme}://bucket/prefix.`);
  if (!settings && location.includes('?'))
    throw invalidRequest(
      `staging: nothing may stand behind a ? in ${scheme}:// here`,
      'Its bucket is read by the identity that asks, and encrypted as the bucket says.',
    );
  if (numbers !== undefined && location.includes(numbers))
    throw invalidRequest(
      `staging: "${numbers}" has no place in a prefix: ${source}:// puts the numbers of files in its place`,
      'Choose a prefix without it.',
    );
}
