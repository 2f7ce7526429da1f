/*
 * One statement that lists the definitions which decide what rows are read and what their values look like, each with a
 * hash. Plain SQL over the catalogs: run inside the held snapshot it tells how things were at that moment, in a transaction
 * of its own how they are now. Parameters: `$1` oids of the relations that are read, `$2` oids of the types of result
 * columns, `$3` the text of the user's queries, `$4` whether to look into functions' bodies.
 *
 * Objects with ids below 16384 come with the server and are left out: nobody but the server's owner changes them.
 */

import { FIRST_OF_USERS } from './locked.js';

const isUsers = (oid: string): string => `${oid} OPERATOR(pg_catalog.>=) ${FIRST_OF_USERS}::pg_catalog.oid`;

/** A catalog's own id, as `pg_depend` and `reachable` name it. */
const catalog = (name: string): string => `'pg_catalog.${name}'::pg_catalog.regclass::pg_catalog.oid`;

const objects = (name: string, where: string, alias = name): string =>
  `SELECT ${catalog(name)} AS classid, ${alias}.oid AS objid FROM pg_catalog.${name} ${alias} WHERE ${where}`;

/** What is found by its name alone: functions, types (of tables, too), text search configurations and dictionaries; operators. */
const named = `
  named AS MATERIALIZED (
    SELECT n.classid, n.objid, n.name, n.name OPERATOR(pg_catalog.~) '^[a-z0-9_$]+$' AS plain FROM (
      ${[
        ['pg_proc', 'proname'],
        ['pg_type', 'typname'],
        ['pg_ts_config', 'cfgname'],
        ['pg_ts_dict', 'dictname'],
      ]
        .map(
          ([table, name]) =>
            `SELECT ${catalog(table!)} AS classid, oid AS objid, pg_catalog.lower(${name}::pg_catalog.text) AS name FROM pg_catalog.${table} WHERE ${isUsers('oid')}`,
        )
        .join('\n      UNION ALL ')}) n
  ), operators AS MATERIALIZED (
    SELECT oid AS objid, oprname::pg_catalog.text AS name FROM pg_catalog.pg_operator WHERE ${isUsers('oid')}
  )`;

/**
 * What the texts of `texts(id, text)` name. The server does not record the names in a query or in a function's body: so all
 * objects of such a name count. Words are joined with names by hash; odd names, which are no words, are looked for as they are.
 * An operator may stand together with a sign: `>=-1`.
 */
const mentions = (texts: string): string => `
    SELECT w.id, n.classid, n.objid
      FROM (SELECT DISTINCT t.id, r.word FROM (${texts}) t,
                   LATERAL pg_catalog.regexp_split_to_table(pg_catalog.lower(t.text), '[^a-z0-9_$]+') AS r(word)) w
      JOIN named n ON n.name OPERATOR(pg_catalog.=) w.word
    UNION ALL
    SELECT t.id, n.classid, n.objid FROM (${texts}) t, named n
     WHERE NOT n.plain AND pg_catalog.strpos(pg_catalog.lower(t.text), n.name) OPERATOR(pg_catalog.>) 0
    UNION ALL
    SELECT w.id, ${catalog('pg_operator')}, o.objid
      FROM (SELECT DISTINCT t.id, s.sign
              FROM (${texts}) t,
                   LATERAL pg_catalog.regexp_split_to_table(t.text, '[^-+*/<>=~!@#%^&|\`?]+') AS r(sign),
                   LATERAL pg_catalog.unnest(ARRAY[r.sign, pg_catalog.rtrim(r.sign, '-+')]) AS s(sign)) w
      JOIN operators o ON o.name OPERATOR(pg_catalog.=) w.sign`;

const bodies = `SELECT p.oid AS id, p.prosrc AS text FROM pg_catalog.pg_proc p
             JOIN pg_catalog.pg_language l ON l.oid OPERATOR(pg_catalog.=) p.prolang
            WHERE ${isUsers('p.oid')} AND l.lanname OPERATOR(pg_catalog.<>) ALL ('{internal,c}'::pg_catalog.name[])
              AND $4::pg_catalog.bool`;

/** Where the search begins. */
const beginnings = `
      SELECT ${catalog('pg_class')} AS classid, r.oid AS objid FROM pg_catalog.unnest($1::pg_catalog.oid[]) r(oid)
      UNION ALL SELECT ${catalog('pg_type')}, t.oid FROM pg_catalog.unnest($2::pg_catalog.oid[]) t(oid)
      UNION ALL SELECT classid, objid FROM in_query
      UNION ALL ${objects('pg_cast', `${isUsers('oid')} AND $3::pg_catalog.text OPERATOR(pg_catalog.<>) ''`)}`;

/** From an object `o` of a catalog to rows that belong to it: the catalog, the column that holds its id, the catalog of what follows, its id. */
const step = (from: string, table: string, key: string, to: string, id: string, where = ''): string =>
  `SELECT ${catalog(to)} AS classid, s.${id} AS objid FROM pg_catalog.${table} s
       WHERE o.classid OPERATOR(pg_catalog.=) ${catalog(from)} AND s.${key} OPERATOR(pg_catalog.=) o.objid${where}`;

const dependedOn = [
  'pg_proc',
  'pg_type',
  'pg_operator',
  'pg_collation',
  'pg_ts_config',
  'pg_ts_dict',
  'pg_foreign_server',
];

const steps = [
  `SELECT d.refclassid AS classid, d.refobjid AS objid FROM pg_catalog.pg_depend d
       WHERE d.classid OPERATOR(pg_catalog.=) o.classid AND d.objid OPERATOR(pg_catalog.=) o.objid
         AND d.refclassid OPERATOR(pg_catalog.=) ANY (ARRAY[${dependedOn.map(catalog).join(', ')}])`,
  step('pg_class', 'pg_rewrite', 'ev_class', 'pg_rewrite', 'oid'),
  step('pg_class', 'pg_policy', 'polrelid', 'pg_policy', 'oid'),
  step('pg_class', 'pg_inherits', 'inhparent', 'pg_class', 'inhrelid'),
  step(
    'pg_class',
    'pg_attribute',
    'attrelid',
    'pg_type',
    'atttypid',
    ' AND s.attnum OPERATOR(pg_catalog.>) 0 AND NOT s.attisdropped',
  ),
  step(
    'pg_class',
    'pg_attrdef',
    'adrelid',
    'pg_attrdef',
    'oid',
    ` AND EXISTS (SELECT 1 FROM pg_catalog.pg_attribute a WHERE a.attrelid OPERATOR(pg_catalog.=) s.adrelid
                     AND a.attnum OPERATOR(pg_catalog.=) s.adnum AND a.attgenerated OPERATOR(pg_catalog.<>) '')`,
  ),
  step(
    'pg_type',
    'pg_type',
    'oid',
    'pg_class',
    'typrelid',
    ` AND s.typrelid OPERATOR(pg_catalog.<>) 0::pg_catalog.oid AND ${isUsers('s.oid')}`,
  ),
  step('pg_type', 'pg_type', 'oid', 'pg_type', 'typelem'),
  step('pg_cast', 'pg_cast', 'oid', 'pg_proc', 'castfunc'),
  `SELECT m.classid, m.objid FROM ROWS FROM (pg_catalog.unnest(b.classids), pg_catalog.unnest(b.objids)) AS m(classid, objid)
       WHERE o.classid OPERATOR(pg_catalog.=) ${catalog('pg_proc')}`,
];

/** Everything that the relations, types and queries lead to. */
const reachable = `
  WITH RECURSIVE ${named}, in_query AS MATERIALIZED (${mentions('SELECT 0::pg_catalog.oid AS id, $3::pg_catalog.text AS text')}
  ), in_bodies AS MATERIALIZED (
    SELECT m.id, pg_catalog.array_agg(m.classid) AS classids, pg_catalog.array_agg(m.objid) AS objids
      FROM (${mentions(bodies)}) m GROUP BY m.id
  ), reachable(classid, objid) AS (
    SELECT s.classid, s.objid FROM (${beginnings}) s
    UNION
    SELECT n.classid, n.objid FROM reachable o LEFT JOIN in_bodies b ON b.id OPERATOR(pg_catalog.=) o.objid, LATERAL (
      ${steps.join('\n      UNION ALL ')}) n
  ), reached AS MATERIALIZED (
    SELECT classid, objid FROM reachable WHERE ${isUsers('objid')}
  )`;

/** A catalog's row as JSON without what changes nothing that is read: rights, owners, estimates, switches for statistics. */
const row = (alias: string, without: readonly string[] = []): string =>
  `(pg_catalog.to_jsonb(${alias}.*) OPERATOR(pg_catalog.-) '{${without.join(',')}}'::pg_catalog.text[])::pg_catalog.text`;

const reached = (name: string, oid: string): string =>
  `EXISTS (SELECT 1 FROM reached WHERE classid OPERATOR(pg_catalog.=) ${catalog(name)} AND objid OPERATOR(pg_catalog.=) ${oid})`;

const qualified = (schema: string, name: string): string => `pg_catalog.format('%I.%I', ${schema}, ${name})`;

const joinSchema = (column: string): string =>
  `JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) ${column}`;

const noTypes = 'NULL::pg_catalog.oid[]';

/** Of relations: their rules, children and the like by what belongs to them. */
const ofRelation = (kind: string, text: string): string =>
  `SELECT '${kind}', c.oid, ${qualified('n.nspname', 'c.relname')}, n.nspname, ${noTypes}, ${text}
     FROM pg_catalog.pg_class c ${joinSchema('c.relnamespace')} WHERE ${reached('pg_class', 'c.oid')}`;

const belonging = (kind: string, table: string, alias: string, relation: string, text: string): string =>
  `SELECT '${kind}', ${alias}.oid, ${qualified('n.nspname', 'c.relname')}, n.nspname, ${noTypes}, ${text}
     FROM pg_catalog.${table} ${alias} JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) ${alias}.${relation}
     ${joinSchema('c.relnamespace')} WHERE ${reached(table, `${alias}.oid`)}`;

const inSchema = (kind: string, table: string, prefix: string, types: string, text: string): string =>
  `SELECT '${kind}', x.oid, ${qualified('n.nspname', `x.${prefix}name`)}, n.nspname, ${types}, ${text}
     FROM pg_catalog.${table} x ${joinSchema(`x.${prefix}namespace`)} WHERE ${reached(table, 'x.oid')}`;

/** What is listed of each catalog: kind, id, name for people, schema, types of arguments, and the text that is hashed. */
const listed: readonly string[] = [
  ofRelation(
    'relation',
    `pg_catalog.jsonb_build_array(c.relname, n.nspname, c.relkind, c.relowner, c.relfilenode, c.relam, c.relrowsecurity,
            c.relforcerowsecurity, c.relispartition, c.relpartbound::pg_catalog.text,
            CASE WHEN c.relkind OPERATOR(pg_catalog.=) 'v' THEN c.reloptions END)::pg_catalog.text`,
  ),
  ofRelation(
    'columns',
    `(SELECT pg_catalog.string_agg(pg_catalog.jsonb_build_array(a.attnum, a.attname, a.atttypid, a.atttypmod, a.attisdropped,
                    a.attcollation, a.attgenerated, a.attmissingval::pg_catalog.text)::pg_catalog.text, ',' ORDER BY a.attnum)
             FROM pg_catalog.pg_attribute a WHERE a.attrelid OPERATOR(pg_catalog.=) c.oid AND a.attnum OPERATOR(pg_catalog.>) 0)`,
  ),
  ofRelation(
    'children',
    `(SELECT pg_catalog.string_agg(${row('i')}, ',' ORDER BY i.inhrelid)
             FROM pg_catalog.pg_inherits i WHERE i.inhparent OPERATOR(pg_catalog.=) c.oid)`,
  ),
  belonging('rule', 'pg_rewrite', 'r', 'ev_class', row('r')),
  belonging('policy', 'pg_policy', 'p', 'polrelid', row('p')),
  belonging('generated column', 'pg_attrdef', 'd', 'adrelid', 'd.adbin::pg_catalog.text'),
  inSchema('type', 'pg_type', 'typ', noTypes, row('x', ['typacl', 'typowner'])),
  `SELECT 'label', e.oid, pg_catalog.format('%L of %I.%I', e.enumlabel, n.nspname, t.typname), n.nspname, ${noTypes},
          pg_catalog.jsonb_build_array(e.enumlabel, e.enumtypid, e.enumsortorder)::pg_catalog.text
     FROM pg_catalog.pg_enum e JOIN pg_catalog.pg_type t ON t.oid OPERATOR(pg_catalog.=) e.enumtypid ${joinSchema('t.typnamespace')}
    WHERE ${reached('pg_type', 't.oid')}`,
  `SELECT 'range', t.oid, ${qualified('n.nspname', 't.typname')}, n.nspname, ${noTypes}, ${row('r')}
     FROM pg_catalog.pg_range r JOIN pg_catalog.pg_type t ON t.oid OPERATOR(pg_catalog.=) r.rngtypid ${joinSchema('t.typnamespace')}
    WHERE ${reached('pg_type', 't.oid')}`,
  inSchema('collation', 'pg_collation', 'coll', noTypes, row('x', ['collowner'])),
  inSchema(
    'function',
    'pg_proc',
    'pro',
    'x.proargtypes::pg_catalog.oid[]',
    `${row('x', ['proacl', 'proowner', 'procost', 'prorows'])} OPERATOR(pg_catalog.||)
          COALESCE((SELECT ${row('g')} FROM pg_catalog.pg_aggregate g WHERE g.aggfnoid OPERATOR(pg_catalog.=) x.oid), '')`,
  ),
  inSchema(
    'operator',
    'pg_operator',
    'opr',
    'ARRAY[x.oprleft, x.oprright]',
    row('x', ['oprowner', 'oprrest', 'oprjoin']),
  ),
  `SELECT 'cast', c.oid, pg_catalog.format('%s as %s', pg_catalog.format_type(c.castsource, NULL), pg_catalog.format_type(c.casttarget, NULL)),
          NULL::pg_catalog.name, ARRAY[c.castsource, c.casttarget], ${row('c')}
     FROM pg_catalog.pg_cast c WHERE ${reached('pg_cast', 'c.oid')}`,
  inSchema(
    'text search configuration',
    'pg_ts_config',
    'cfg',
    noTypes,
    `${row('x', ['cfgowner'])} OPERATOR(pg_catalog.||) COALESCE((SELECT pg_catalog.string_agg(${row('m')}, ',' ORDER BY m.maptokentype, m.mapseqno)
          FROM pg_catalog.pg_ts_config_map m WHERE m.mapcfg OPERATOR(pg_catalog.=) x.oid), '')`,
  ),
  inSchema('text search dictionary', 'pg_ts_dict', 'dict', noTypes, row('x', ['dictowner'])),
  `SELECT 'foreign table', f.ftrelid, ${qualified('n.nspname', 'c.relname')}, n.nspname, ${noTypes}, ${row('f')}
     FROM pg_catalog.pg_foreign_table f JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) f.ftrelid ${joinSchema('c.relnamespace')}
    WHERE ${reached('pg_class', 'c.oid')}`,
  `SELECT 'foreign server', s.oid, s.srvname::pg_catalog.text, NULL::pg_catalog.name, ${noTypes}, ${row('s', ['srvacl', 'srvowner'])}
     FROM pg_catalog.pg_foreign_server s WHERE ${reached('pg_foreign_server', 's.oid')}`,
];

/**
 * Whose rights are asked for: this user, and the owners of the views through which tables are read. By row-level security on
 * anything that is reached, or by `pg_has_role` (2705 to 2710 in `pg_proc.dat`) in a view or in a text.
 */
const roles = `
  SELECT 'role', m.oid, pg_catalog.format('%I', m.rolname), NULL::pg_catalog.name, ${noTypes},
         pg_catalog.jsonb_build_array(m.rolsuper, m.rolbypassrls, m.rolinherit,
           (SELECT pg_catalog.string_agg(${row('e', ['grantor', 'admin_option', 'oid'])}, ',' ORDER BY e.roleid)
              FROM pg_catalog.pg_auth_members e WHERE e.member OPERATOR(pg_catalog.=) m.oid))::pg_catalog.text
    FROM pg_catalog.pg_roles m
   WHERE (EXISTS (SELECT 1 FROM pg_catalog.pg_class c WHERE c.relrowsecurity AND ${reached('pg_class', 'c.oid')})
       OR EXISTS (SELECT 1 FROM pg_catalog.pg_rewrite r WHERE ${reached('pg_rewrite', 'r.oid')}
                    AND r.ev_action::pg_catalog.text OPERATOR(pg_catalog.~) ':funcid 27(05|06|07|08|09|10) ')
       OR EXISTS (SELECT 1 FROM pg_catalog.pg_proc p WHERE ${reached('pg_proc', 'p.oid')}
                    AND pg_catalog.strpos(pg_catalog.lower(p.prosrc), 'pg_has_role') OPERATOR(pg_catalog.>) 0)
       OR pg_catalog.strpos(pg_catalog.lower($3::pg_catalog.text), 'pg_has_role') OPERATOR(pg_catalog.>) 0)
     AND m.oid OPERATOR(pg_catalog.=) ANY (ARRAY(
     WITH RECURSIVE member(oid) AS (
       SELECT r.oid FROM pg_catalog.pg_roles r
        WHERE r.rolname OPERATOR(pg_catalog.=) current_user
           OR EXISTS (SELECT 1 FROM pg_catalog.pg_class v WHERE v.relowner OPERATOR(pg_catalog.=) r.oid
                        AND v.relkind OPERATOR(pg_catalog.=) 'v' AND ${reached('pg_class', 'v.oid')})
       UNION SELECT e.roleid FROM member JOIN pg_catalog.pg_auth_members e ON e.member OPERATOR(pg_catalog.=) member.oid)
     SELECT member.oid FROM member))`;

/** Types whose text is the name of another object: that type, its catalog, the column with the name, and that with the schema. */
const nameTypes: readonly (readonly [string, string, string, string | undefined])[] = [
  ['regclass', 'pg_class', 'relname', 'relnamespace'],
  ['regtype', 'pg_type', 'typname', 'typnamespace'],
  ['regproc', 'pg_proc', 'proname', 'pronamespace'],
  ['regprocedure', 'pg_proc', 'proname', 'pronamespace'],
  ['regoper', 'pg_operator', 'oprname', 'oprnamespace'],
  ['regoperator', 'pg_operator', 'oprname', 'oprnamespace'],
  ['regcollation', 'pg_collation', 'collname', 'collnamespace'],
  ['regconfig', 'pg_ts_config', 'cfgname', 'cfgnamespace'],
  ['regdictionary', 'pg_ts_dict', 'dictname', 'dictnamespace'],
  ['regnamespace', 'pg_namespace', 'nspname', undefined],
  ['regrole', 'pg_roles', 'rolname', undefined],
  ['aclitem', 'pg_roles', 'rolname', undefined],
];

/** The names of all objects of such a kind, where a column is of such a type or the query speaks of it. */
const names = nameTypes.map(
  ([type, table, name, schema]) =>
    `SELECT 'name', x.oid, x.${name}::pg_catalog.text, ${schema === undefined ? 'NULL::pg_catalog.name' : 'n.nspname'}, ${noTypes},
          pg_catalog.jsonb_build_array('${table}', x.${name}${schema === undefined ? '' : ', n.nspname'})::pg_catalog.text
     FROM pg_catalog.${table} x ${schema === undefined ? '' : joinSchema(`x.${schema}`)}
    WHERE ${schema === undefined ? 'true' : `n.nspname OPERATOR(pg_catalog.!~) '^pg_'`}
      AND (EXISTS (SELECT 1 FROM reachable WHERE classid OPERATOR(pg_catalog.=) ${catalog('pg_type')}
                     AND objid OPERATOR(pg_catalog.=) 'pg_catalog.${type}'::pg_catalog.regtype::pg_catalog.oid)
        OR pg_catalog.lower($3::pg_catalog.text) OPERATOR(pg_catalog.~) '\\m${type}\\M')`,
);

/** Rows: kind, id, name, hash; `visible` where a new object of that name may be what the query means; types of arguments. */
export const definitionsStatement = `${reachable}
  SELECT DISTINCT d.kind, d.id, d.name, pg_catalog.hashtextextended(d.definition COLLATE pg_catalog."C", 0)::pg_catalog.text AS hash,
         d.schema IS NULL OR d.schema OPERATOR(pg_catalog.=) ANY (pg_catalog.current_schemas(true))
           OR pg_catalog.strpos(pg_catalog.lower($3::pg_catalog.text), pg_catalog.lower(d.schema::pg_catalog.text)) OPERATOR(pg_catalog.>) 0 AS visible,
         d.types
    FROM (${[...listed, roles, ...names].join('\n    UNION ALL ')}) AS d(kind, id, name, schema, types, definition)`;
