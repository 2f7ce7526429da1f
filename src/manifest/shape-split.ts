import * as z from 'zod';
import { count } from './shape-kinds.js';

const nullKeys = z.union([z.literal('fail'), z.object({ to: z.string() })]).describe('Where rows without a key went.');

const entityKey = z.array(z.string()).describe('Columns that tell what an entity is; none: entities are not counted.');

const exactRatios = z.object({
  strata: z.array(z.string()).describe('Columns by whose values entities are in strata; none: all are in one.'),
  bounds: z.array(
    z.object({
      values: z.array(z.union([z.string(), z.null()])).describe('Of the columns of strata; null: NULL.'),
      entities: z.array(count).describe('By part.'),
      below: z
        .array(z.string().regex(/^[0-9a-f]{16,17}$/))
        .describe("By part but the last: hashes' first words below it are in the part, or in one before it."),
    }),
  ),
});

/** How rows are split. docs/splits.md. */
export const split = z.discriminatedUnion('by', [
  z.object({
    by: z.literal('hash'),
    key: z.array(z.string()).describe('Columns; none: the whole row.'),
    salt: z.string(),
    parts: z.array(z.object({ name: z.string(), below: count.describe('In 10^-9.') })),
    nullKeys,
    exact: exactRatios
      .exactOptional()
      .describe('Ratios hold to one entity inside each stratum. Absent: they are as hashes fall.'),
  }),
  z.object({
    by: z.literal('time'),
    key: entityKey,
    column: z.string(),
    cuts: z.array(z.string()).describe('A part ends before its cut.'),
    names: z.array(z.string()),
    nullKeys,
  }),
  z.object({
    by: z.literal('column'),
    key: entityKey,
    column: z.string(),
    names: z.record(z.string(), z.string()).describe('Part by value.'),
    nullKeys,
  }),
]);
