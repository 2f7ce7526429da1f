/**
 * The relations whose oids are `$1`, an array, with all their partitions and children, as `tree(oid)`: what stands before the
 * SELECT that reads them.
 */
export const withTree = `WITH RECURSIVE tree AS (
       SELECT r.oid FROM pg_catalog.unnest($1::pg_catalog.oid[]) r(oid)
       UNION SELECT i.inhrelid FROM tree JOIN pg_catalog.pg_inherits i ON i.inhparent OPERATOR(pg_catalog.=) tree.oid
     )`;
