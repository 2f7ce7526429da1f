import * as z from 'zod';
import type { VersionPlace } from '../../core/destination.js';
import type { Machine } from '../../machine/machine.js';
import { identitySchema } from '../../machine/identity-schema.js';
import { parseForeign } from '../../machine/read.js';
import type { Bucket } from './bucket.js';

/** A run that cannot be seen from here counts as dead when its claim has not been written for so long, in milliseconds. */
export const staleAfter = 120_000;

const placeSchema = z.object({ dataset: z.string().min(1), version: z.string().min(1) });

/** The upload of a version's manifest, which makes the version when it is completed. */
const manifestSchema = z.object({
  version: placeSchema,
  name: z.string(),
  upload: z.string(),
  parts: z.array(z.object({ etag: z.string(), sha256: z.string().optional() })),
});

/** What a run makes, and how far it got. */
const workSchema = z.object({
  run: z.string(),
  /** All that are published together; the first one's claim tells of all. */
  versions: z.array(placeSchema).min(1),
  /** Others write objects of the first version, too. */
  shared: z.boolean().optional(),
  /** For a run that goes on with this one. */
  note: z.object({ moment: z.string(), request: z.string() }).optional(),
  /** In the order in which they are completed; present from the moment when publishing begins: all other objects may be there from then on. */
  manifests: z.array(manifestSchema).optional(),
});

const holderSchema = z.object({
  format: z.literal(1),
  startedAt: z.string(),
  process: identitySchema,
});

const claimSchema = z.object({
  ...holderSchema.shape,
  ...workSchema.shape,
  /** Changes whenever the claim is written again. */
  beat: z.number(),
  /** The run that was dead, where this one cleans up after it. */
  after: workSchema.optional(),
});

/** The claim of a version that is published together with another one, whose claim tells of it. */
const siblingSchema = z.object({ ...holderSchema.shape, run: z.string(), of: placeSchema });

export type Claim = z.infer<typeof claimSchema>;
export type SiblingClaim = z.infer<typeof siblingSchema>;
export type Work = z.infer<typeof workSchema>;
export type ManifestUpload = z.infer<typeof manifestSchema>;

/** A claim as it was found. */
export interface FoundClaim<C extends Claim | SiblingClaim = Claim | SiblingClaim> {
  readonly claim: C;
  readonly etag: string;
  /** Milliseconds since it was written. */
  readonly age: number;
}

/** Undefined: there is none; `foreign`: something else has its name. */
export async function readClaim(
  bucket: Bucket,
  key: string,
): Promise<FoundClaim<Claim> | FoundClaim<SiblingClaim> | 'foreign' | undefined> {
  const found = await bucket.get(key);
  if (found === undefined) return undefined;
  const claim = parseForeign(Buffer.from(found.bytes).toString(), z.union([siblingSchema, claimSchema]));
  if (claim === undefined) return 'foreign';
  const { etag, age } = found;
  return 'of' in claim ? { claim, etag, age } : { claim, etag, age };
}

/** A claim that tells of its run; undefined where something else is there, or nothing. */
export async function readOwnClaim(bucket: Bucket, key: string): Promise<FoundClaim<Claim> | undefined> {
  const found = await readClaim(bucket, key);
  return found !== undefined && found !== 'foreign' && isOwn(found) ? found : undefined;
}

/** Whether it is the claim that tells of its run. */
export const isOwn = (found: FoundClaim<Claim> | FoundClaim<SiblingClaim>): found is FoundClaim<Claim> =>
  !('of' in found.claim);

export const encodeClaim = (claim: Claim | SiblingClaim): Uint8Array => Buffer.from(`${JSON.stringify(claim)}\n`);

/** Whether the run that holds a claim still lives. */
export function isLiving({ claim, age }: FoundClaim, { processes }: Machine): boolean {
  const seen = processes.liveness(claim.process);
  return seen === 'living' || (seen === 'unknown' && age <= staleAfter);
}

/** Whose work a claim holds a version for. */
export const workOf = ({ claim }: FoundClaim<Claim>): Work => claim.after ?? claim;

export const isSamePlace = (a: VersionPlace, b: VersionPlace): boolean =>
  a.dataset === b.dataset && a.version === b.version;
