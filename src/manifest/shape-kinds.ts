import * as z from 'zod';

export const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
export const count = z.int().nonnegative();
export const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/);
export const instant = z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/);
/** Sum of hashes. */
export const hashSum = z.string().regex(/^[0-9a-f]{32}$/);
/** Logical digest. */
export const rowsDigest = z.string().regex(/^td\d+:[0-9a-f]{32}$/);
/** Relative, and never out of the folder. */
export const relativePath = z.string().regex(/^(?!\/)(?!([\s\S]*\/)?\.\.(\/|$))[\s\S]+$/);
export const datasetUri = z.string().regex(/^dataset:\/\/[^/]+\/[^/]+$/);
