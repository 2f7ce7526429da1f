import * as z from 'zod';
import type { ExpectationResult } from '../core/expectation-result.js';
import type { Example } from '../core/rule-counts.js';
import type { ConsistencyCertificate, ServerInfo } from '../core/source.js';
import type { WorkSeconds } from '../core/work.js';
import { horizon, increment } from './shape-horizon.js';
import { count, instant } from './shape-kinds.js';

/** Where a run happened, when the platform says so: Valohai's ids, commit, step. */
export interface Lineage {
  readonly platform: 'valohai';
  readonly [key: string]: string | readonly string[] | undefined;
}

const server: z.ZodType<ServerInfo> = z.object({
  kind: z.string(),
  version: z.string(),
  database: z.string(),
  host: z.string(),
  user: z.string(),
});

const certificate: z.ZodType<ConsistencyCertificate> = z
  .object({
    level: z
      .enum(['snapshot', 'statement', 'none'])
      .describe('snapshot: everything is one moment; statement: each table or query is one moment of its own.'),
    isolation: z.string(),
  })
  .catchall(z.union([z.string(), z.array(z.string()), z.boolean()]));

const seconds = z.number().nonnegative();
const work: z.ZodType<WorkSeconds> = z.object({
  wait: seconds,
  read: seconds,
  decode: seconds,
  encode: seconds,
  digest: seconds,
  write: seconds,
  room: seconds,
});

const lineage: z.ZodType<Lineage> = z
  .object({ platform: z.literal('valohai') })
  .catchall(z.union([z.string(), z.array(z.string())]));

const example: z.ZodType<Example> = z.object({
  key: z.record(z.string(), z.string().nullable()).exactOptional(),
  value: z.string().exactOptional(),
});

const expectation: z.ZodType<ExpectationResult> = z.object({
  table: z.string(),
  rule: z.string().describe('What was expected, in the words of the options.'),
  severity: z.enum(['fail', 'warn']).describe('Whether a version is made although it is broken.'),
  outcome: z.enum(['held', 'broken', 'unchecked']).describe('unchecked: by options, not all rows were read.'),
  found: z.string().describe('The figure, for people.'),
  rows: count.exactOptional().describe('How many rows break it. Absent: it is not about single rows.'),
  examples: z
    .array(example)
    .exactOptional()
    .describe('A few of those rows: values of a key, and the value that breaks it. Absent: there are none to tell.'),
});

export const publishing = z.object({
  tags: z.array(z.string()),
  exclude: z
    .array(z.string())
    .exactOptional()
    .describe(
      'The version is published from the one that it reuses, without these files: reused ones are not uploaded again. Absent: all are.',
    ),
  alias: z.string().exactOptional().describe('Dataset version alias that was moved here.'),
  properties: z.record(z.string(), z.unknown()).describe("The user's own metadata properties."),
});

export const runPart = z.object({
  id: z.string().describe('A random name of the run.'),
  startedAt: instant,
  finishedAt: instant,
  seconds: z.number().nonnegative(),
  queriedAt: instant.exactOptional().describe('When the run began that read the newest rows. Absent: it was this one.'),
  via: z.string().describe('The road that the rows took.'),
  lanes: count.describe('Connections that read at the same time.'),
  members: z
    .array(z.object({ member: count, files: count, rows: count }))
    .exactOptional()
    .describe('Which machine wrote how many files and rows. Absent: one machine made the version.'),
  node: z.string().describe('Version of Node.js.'),
  server: server.describe('The database server.'),
  certificate: certificate.describe('Evidence that all rows are of one moment of the source.'),
  increment: increment
    .exactOptional()
    .describe('How it was told which rows are new. Absent: the run was not part of a chain.'),
  horizon: horizon
    .exactOptional()
    .describe('What a later run needs to tell what is new since. Absent: the source cannot tell it.'),
  relations: z
    .array(z.string())
    .exactOptional()
    .describe('The relation that the query reads, where the source is sure that it is the only one.'),
  expectations: z
    .array(expectation)
    .exactOptional()
    .describe('What was expected of the rows, and what became of it (docs/expectations.md). Absent: nothing was.'),
  load: z.record(z.string(), z.number()).describe('What the source had to bear: connections, seconds.'),
  work: work
    .exactOptional()
    .describe(
      'What threads spent their time on, in seconds of all of them: wait (for the server and the network), read, decode, encode, digest, write, room (for encoders or the destination). Absent: nobody counted.',
    ),
  lineage: lineage.exactOptional().describe('Where the run happened, if on a platform.'),
  signer: z
    .string()
    .exactOptional()
    .describe(
      'The public key (Ed25519, 32 bytes in base64) of the signature that lies beside the manifest, in _signature.<version>.json. Absent: there is none.',
    ),
  command: z.string().describe('Makes the version again; without secrets.'),
  warnings: z.array(z.string()),
  retries: count.describe('Attempts that were made again.'),
  publishing: publishing.describe('What the metadata lines were made from, beside the version.'),
});
