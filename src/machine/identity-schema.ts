import * as z from 'zod';
import type { Identity } from './processes.js';

/** An {@link Identity}, read back from a file. */
export const identitySchema: z.ZodType<Identity> = z.object({
  host: z.string(),
  pid: z.number().int().positive(),
  boot: z.string().optional(),
  pidNamespace: z.string().optional(),
  start: z.string().optional(),
});
