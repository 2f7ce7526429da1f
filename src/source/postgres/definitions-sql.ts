/*
 * One statement that lists the definitions which decide what rows are read and what their values look like, each with a
 * hash. Plain SQL over the catalogs: run inside the held snapshot it tells how things were at that moment, in a transaction
 * of its own how they are now. Parameters: `$1` oids of the relations that are read, `$2` oids of the types of result
 * columns, `$3` the text of the user's queries, `$4` whether row-level security applies.
 *
 * Objects with ids below 16384 come with the server and are left out: nobody but the server's owner changes them.
 */

const FIRST_OF_USERS = '16384::pg_catalog.oid';

/** A catalog's own id, as `pg_depend` and `reachable` name it. */
const catalog = (name: string): string => `'pg_catalog.${name}'::pg_catalog.regclass::pg_catalog.oid`;

/**
 * Functions and operators whose names occur in a text. What the server does not record are the names in the text of a query
 * or of a function's body: every function of such a name counts. Odd names, of which words cannot be made everywhere alike,
 * are looked for as they are.
 */
const mentionedIn = (text: string): string => `
      SELECT f.classid, f.objid
        FROM (SELECT pg_catalog.lower(${text}) AS text,
                     pg_catalog.regexp_split_to_array(pg_catalog.lower(${text}), '[^a-z0-9_$]+') AS words OFFSET 0) t,
             LATERAL (
               SELECT ${catalog('pg_proc')} AS classid, oid AS objid FROM pg_catalog.pg_proc
                WHERE oid OPERATOR(pg_catalog.>=) ${FIRST_OF_USERS}
                  AND CASE WHEN proname OPERATOR(pg_catalog.~*) '^[a-z0-9_$]+$'
                           THEN pg_catalog.lower(proname::pg_catalog.text) OPERATOR(pg_catalog.=) ANY (t.words)
                           ELSE pg_catalog.strpos(t.text, pg_catalog.lower(proname::pg_catalog.text)) OPERATOR(pg_catalog.>) 0 END
               UNION ALL
               SELECT ${catalog('pg_operator')}, oid FROM pg_catalog.pg_operator
                WHERE oid OPERATOR(pg_catalog.>=) ${FIRST_OF_USERS}
                  AND pg_catalog.strpos(t.text, oprname::pg_catalog.text) OPERATOR(pg_catalog.>) 0) f`;

/** Where the search begins. */
const beginnings = `
      SELECT ${catalog('pg_class')} AS classid, r.oid AS objid FROM pg_catalog.unnest($1::pg_catalog.oid[]) r(oid)
      UNION ALL
      SELECT ${catalog('pg_type')}, t.oid FROM pg_catalog.unnest($2::pg_catalog.oid[]) t(oid)
      UNION ALL
      SELECT ${catalog('pg_rewrite')}, oid FROM pg_catalog.pg_rewrite
       WHERE ev_class OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.oid[])
      UNION ALL
      SELECT ${catalog('pg_policy')}, oid FROM pg_catalog.pg_policy
       WHERE polrelid OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.oid[])
      UNION ALL
      SELECT ${catalog('pg_attrdef')}, d.oid
        FROM pg_catalog.pg_attrdef d
        JOIN pg_catalog.pg_attribute a ON a.attrelid OPERATOR(pg_catalog.=) d.adrelid AND a.attnum OPERATOR(pg_catalog.=) d.adnum
       WHERE d.adrelid OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.oid[]) AND a.attgenerated OPERATOR(pg_catalog.<>) ''
      UNION ALL
      SELECT ${catalog('pg_cast')}, oid FROM pg_catalog.pg_cast
       WHERE oid OPERATOR(pg_catalog.>=) ${FIRST_OF_USERS} AND $3::pg_catalog.text OPERATOR(pg_catalog.<>) ''
      UNION ALL ${mentionedIn('$3::pg_catalog.text')}`;

/** One step on from an object `o`. */
const steps = `
      SELECT d.refclassid AS classid, d.refobjid AS objid FROM pg_catalog.pg_depend d
       WHERE d.classid OPERATOR(pg_catalog.=) o.classid AND d.objid OPERATOR(pg_catalog.=) o.objid
         AND d.refclassid OPERATOR(pg_catalog.=) ANY (ARRAY[${['pg_proc', 'pg_type', 'pg_operator', 'pg_collation'].map(catalog).join(', ')}])
      UNION ALL
      SELECT ${catalog('pg_class')}, t.typrelid FROM pg_catalog.pg_type t
       WHERE o.classid OPERATOR(pg_catalog.=) ${catalog('pg_type')} AND t.oid OPERATOR(pg_catalog.=) o.objid
         AND t.oid OPERATOR(pg_catalog.>=) ${FIRST_OF_USERS} AND t.typrelid OPERATOR(pg_catalog.<>) 0::pg_catalog.oid
      UNION ALL
      SELECT ${catalog('pg_type')}, t.typelem FROM pg_catalog.pg_type t
       WHERE o.classid OPERATOR(pg_catalog.=) ${catalog('pg_type')} AND t.oid OPERATOR(pg_catalog.=) o.objid
      UNION ALL
      SELECT ${catalog('pg_proc')}, c.castfunc FROM pg_catalog.pg_cast c
       WHERE o.classid OPERATOR(pg_catalog.=) ${catalog('pg_cast')} AND c.oid OPERATOR(pg_catalog.=) o.objid
      UNION ALL
      SELECT m.classid, m.objid
        FROM pg_catalog.pg_proc body JOIN pg_catalog.pg_language l ON l.oid OPERATOR(pg_catalog.=) body.prolang,
             LATERAL (${mentionedIn('body.prosrc')}) m
       WHERE o.classid OPERATOR(pg_catalog.=) ${catalog('pg_proc')} AND body.oid OPERATOR(pg_catalog.=) o.objid
         AND body.oid OPERATOR(pg_catalog.>=) ${FIRST_OF_USERS}
         AND l.lanname OPERATOR(pg_catalog.<>) ALL ('{internal,c}'::pg_catalog.name[])`;

/** Everything that the relations, types and queries lead to. */
const reachable = `
  WITH RECURSIVE reachable(classid, objid) AS (
    SELECT s.classid, s.objid FROM (${beginnings}) s
    UNION
    SELECT n.classid, n.objid FROM reachable o, LATERAL (${steps}) n
  ), reached AS MATERIALIZED (
    SELECT classid, objid FROM reachable WHERE objid OPERATOR(pg_catalog.>=) ${FIRST_OF_USERS}
  )`;

/** A catalog's row as JSON without what changes nothing that is read: rights, owners, estimates, switches for statistics. */
const row = (alias: string, without: readonly string[] = []): string =>
  `(pg_catalog.to_jsonb(${alias}.*) OPERATOR(pg_catalog.-) '{${without.join(',')}}'::pg_catalog.text[])::pg_catalog.text`;

const reached = (name: string, oid: string): string =>
  `EXISTS (SELECT 1 FROM reached WHERE classid OPERATOR(pg_catalog.=) ${catalog(name)} AND objid OPERATOR(pg_catalog.=) ${oid})`;

const qualified = (schema: string, name: string): string => `pg_catalog.format('%I.%I', ${schema}, ${name})`;

const joinSchema = (column: string): string =>
  `JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) ${column}`;

/** What is listed of each catalog: kind, id, name for people, and the text that is hashed. */
const listed: readonly string[] = [
  `SELECT 'relation', c.oid, ${qualified('n.nspname', 'c.relname')},
          pg_catalog.jsonb_build_array(c.relname, n.nspname, c.relkind, c.relowner, c.relfilenode, c.relam, c.relrowsecurity,
            c.relforcerowsecurity, c.relispartition, c.relpartbound::pg_catalog.text,
            CASE WHEN c.relkind OPERATOR(pg_catalog.=) 'v' THEN c.reloptions END)::pg_catalog.text
     FROM pg_catalog.pg_class c ${joinSchema('c.relnamespace')} WHERE ${reached('pg_class', 'c.oid')}`,
  `SELECT 'columns', c.oid, ${qualified('n.nspname', 'c.relname')},
          (SELECT pg_catalog.string_agg(pg_catalog.jsonb_build_array(a.attnum, a.attname, a.atttypid, a.atttypmod, a.attisdropped,
                    a.attcollation, a.attgenerated, a.attmissingval::pg_catalog.text)::pg_catalog.text, ',' ORDER BY a.attnum)
             FROM pg_catalog.pg_attribute a WHERE a.attrelid OPERATOR(pg_catalog.=) c.oid AND a.attnum OPERATOR(pg_catalog.>) 0)
     FROM pg_catalog.pg_class c ${joinSchema('c.relnamespace')} WHERE ${reached('pg_class', 'c.oid')}`,
  `SELECT 'children', c.oid, ${qualified('n.nspname', 'c.relname')},
          (SELECT pg_catalog.string_agg(${row('i')}, ',' ORDER BY i.inhrelid)
             FROM pg_catalog.pg_inherits i WHERE i.inhparent OPERATOR(pg_catalog.=) c.oid)
     FROM pg_catalog.pg_class c ${joinSchema('c.relnamespace')} WHERE ${reached('pg_class', 'c.oid')}`,
  `SELECT 'rule', r.oid, ${qualified('n.nspname', 'c.relname')}, ${row('r')}
     FROM pg_catalog.pg_rewrite r JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) r.ev_class ${joinSchema('c.relnamespace')}
    WHERE ${reached('pg_rewrite', 'r.oid')}`,
  `SELECT 'policy', p.oid, pg_catalog.format('%I on %I.%I', p.polname, n.nspname, c.relname), ${row('p')}
     FROM pg_catalog.pg_policy p JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) p.polrelid ${joinSchema('c.relnamespace')}
    WHERE ${reached('pg_policy', 'p.oid')}`,
  `SELECT 'generated column', d.oid, ${qualified('n.nspname', 'c.relname')}, d.adbin::pg_catalog.text
     FROM pg_catalog.pg_attrdef d JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) d.adrelid ${joinSchema('c.relnamespace')}
    WHERE ${reached('pg_attrdef', 'd.oid')}`,
  `SELECT 'type', t.oid, ${qualified('n.nspname', 't.typname')}, ${row('t', ['typacl', 'typowner'])}
     FROM pg_catalog.pg_type t ${joinSchema('t.typnamespace')} WHERE ${reached('pg_type', 't.oid')}`,
  `SELECT 'label', e.oid, pg_catalog.format('%L of %I.%I', e.enumlabel, n.nspname, t.typname),
          pg_catalog.jsonb_build_array(e.enumlabel, e.enumtypid, e.enumsortorder)::pg_catalog.text
     FROM pg_catalog.pg_enum e JOIN pg_catalog.pg_type t ON t.oid OPERATOR(pg_catalog.=) e.enumtypid ${joinSchema('t.typnamespace')}
    WHERE ${reached('pg_type', 't.oid')}`,
  `SELECT 'range', t.oid, ${qualified('n.nspname', 't.typname')}, ${row('r')}
     FROM pg_catalog.pg_range r JOIN pg_catalog.pg_type t ON t.oid OPERATOR(pg_catalog.=) r.rngtypid ${joinSchema('t.typnamespace')}
    WHERE ${reached('pg_type', 't.oid')}`,
  `SELECT 'collation', c.oid, ${qualified('n.nspname', 'c.collname')}, ${row('c', ['collowner'])}
     FROM pg_catalog.pg_collation c ${joinSchema('c.collnamespace')} WHERE ${reached('pg_collation', 'c.oid')}`,
  `SELECT 'function', p.oid, ${qualified('n.nspname', 'p.proname')},
          ${row('p', ['proacl', 'proowner', 'procost', 'prorows'])} OPERATOR(pg_catalog.||)
          COALESCE((SELECT ${row('g')} FROM pg_catalog.pg_aggregate g WHERE g.aggfnoid OPERATOR(pg_catalog.=) p.oid), '')
     FROM pg_catalog.pg_proc p ${joinSchema('p.pronamespace')} WHERE ${reached('pg_proc', 'p.oid')}`,
  `SELECT 'operator', o.oid, ${qualified('n.nspname', 'o.oprname')}, ${row('o', ['oprowner', 'oprrest', 'oprjoin'])}
     FROM pg_catalog.pg_operator o ${joinSchema('o.oprnamespace')} WHERE ${reached('pg_operator', 'o.oid')}`,
  `SELECT 'cast', c.oid, pg_catalog.format('%s as %s', pg_catalog.format_type(c.castsource, NULL), pg_catalog.format_type(c.casttarget, NULL)), ${row('c')}
     FROM pg_catalog.pg_cast c WHERE ${reached('pg_cast', 'c.oid')}`,
];

/** Whose rights policies ask for: this user, and the owners of the views through which tables are read. */
const roles = `
  SELECT 'role', m.oid, pg_catalog.format('%I', m.rolname),
         pg_catalog.jsonb_build_array(m.rolsuper, m.rolbypassrls, m.rolinherit,
           (SELECT pg_catalog.string_agg(${row('e', ['grantor', 'admin_option', 'oid'])}, ',' ORDER BY e.roleid)
              FROM pg_catalog.pg_auth_members e WHERE e.member OPERATOR(pg_catalog.=) m.oid))::pg_catalog.text
    FROM pg_catalog.pg_roles m
   WHERE $4::pg_catalog.bool AND m.oid OPERATOR(pg_catalog.=) ANY (ARRAY(
     WITH RECURSIVE member(oid) AS (
       SELECT r.oid FROM pg_catalog.pg_roles r
        WHERE r.rolname OPERATOR(pg_catalog.=) current_user
           OR EXISTS (SELECT 1 FROM pg_catalog.pg_class v WHERE v.relowner OPERATOR(pg_catalog.=) r.oid
                        AND v.oid OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.oid[]) AND v.relkind OPERATOR(pg_catalog.=) 'v')
       UNION SELECT e.roleid FROM member JOIN pg_catalog.pg_auth_members e ON e.member OPERATOR(pg_catalog.=) member.oid)
     SELECT member.oid FROM member))`;

export const definitionsStatement = `${reachable}
  SELECT d.kind, d.id, d.name, pg_catalog.hashtextextended(d.definition COLLATE pg_catalog."C", 0)::pg_catalog.text AS hash
    FROM (${[...listed, roles].join('\n    UNION ALL ')}) AS d(kind, id, name, definition)`;
