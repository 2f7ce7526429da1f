import type { StoredResult } from '../connection/result.js';
import type { StoredParts } from './ticket.js';

/** A result with all of its parts, as lanes know it. @param index its place among the results of the run */
export const storedParts = ({ id, fields, parts }: StoredResult, index: number): StoredParts => ({
  result: { index, id, fields: fields.length },
  parts: parts.map(({ rows, bytes }, part) => ({ part, rows, bytes })),
});
