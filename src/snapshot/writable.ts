import { isSecret } from '../core/parameters.js';
import { canonicalJson } from '../manifest/canonical.js';
import type { Plan } from './plan.js';

/**
 * Refuses, before anything is read, a plan whose texts the manifest could not hold: half a surrogate pair, which a library
 * caller's text or a YAML escape may be.
 * @throws request.invalid
 */
export function assertWritable({ source, tags, properties, command }: Plan): void {
  const { tables, parameters } = source;
  canonicalJson({ tables, parameters: parameters.filter((parameter) => !isSecret(parameter)) });
  canonicalJson({ tags, properties, command });
}
