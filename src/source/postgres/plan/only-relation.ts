import type { Definitions } from '../definitions/watch.js';
import type { RequestedRelations } from './requested.js';

/** Functions of the server's own that run a query which they are given, or read whole schemas. */
const readersByName = /_to_xml|\bts_stat\b|\bts_rewrite\b/i;

/**
 * The one table that a query reads, where that is sure: nothing else was locked for it but its partitions and children, and
 * it calls no function of users, which could read others.
 * @returns quoted and qualified
 */
export function onlyRelation(
  { subjects, relations }: RequestedRelations,
  definitions: Definitions | undefined,
): string | undefined {
  const [subject, ...others] = subjects;
  const query = subject?.request.query;
  if (query === undefined || others.length > 0 || definitions === undefined) return undefined;
  if (readersByName.test(query) || [...definitions.values()].some(({ kind }) => kind === 'function')) return undefined;
  const roots = relations.filter((relation) => !relation.inherits);
  const [root] = roots;
  const sure = roots.length === 1 && root !== undefined && root.kind !== 'v' && root.kind !== 'S';
  return sure ? root.sql : undefined;
}
