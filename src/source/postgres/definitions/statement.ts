/*
 * One statement that lists the definitions which decide what rows are read and what their values look like, each with a
 * hash. Plain SQL over the catalogs: run inside the held snapshot it tells how things were at that moment, in a transaction
 * of its own how they are now. Parameters: `$1` oids of the relations that are read, `$2` oids of the types of result
 * columns, `$3` the text of the user's queries, `$4` whether to look into functions' bodies, `$5` and `$6` oids of
 * operators and casts that count.
 */

import { candidates, catalog, reachable, reached } from './reached.js';

/** A catalog's row as JSON without what changes nothing that is read: rights, owners, estimates, switches for statistics. */
const row = (alias: string, without: readonly string[] = []): string =>
  `(pg_catalog.to_jsonb(${alias}.*) OPERATOR(pg_catalog.-) '{${without.join(',')}}'::pg_catalog.text[])::pg_catalog.text`;

const qualified = (schema: string, name: string): string => `pg_catalog.format('%I.%I', ${schema}, ${name})`;

const joinSchema = (column: string): string =>
  `JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) ${column}`;

const noTypes = 'NULL::pg_catalog.oid[]';
const noWord = 'NULL::pg_catalog.name';

/** Of relations: their rules, children and the like by what belongs to them. */
const ofRelation = (kind: string, text: string, where = ''): string =>
  `SELECT '${kind}', c.oid, ${qualified('n.nspname', 'c.relname')}, n.nspname, c.relname, ${noTypes}, ${text}
     FROM pg_catalog.pg_class c ${joinSchema('c.relnamespace')} WHERE ${reached('pg_class', 'c.oid')}${where}`;

const isRead = 'EXISTS (SELECT 1 FROM read_from f WHERE f.oid OPERATOR(pg_catalog.=) c.oid)';

const columns = `(SELECT pg_catalog.string_agg(pg_catalog.jsonb_build_array(a.attnum, a.attname, a.atttypid, a.atttypmod, a.attisdropped,
                    a.attcollation, a.attgenerated, a.attmissingval::pg_catalog.text)::pg_catalog.text, ',' ORDER BY a.attnum)
             FROM pg_catalog.pg_attribute a WHERE a.attrelid OPERATOR(pg_catalog.=) c.oid AND a.attnum OPERATOR(pg_catalog.>) 0)`;

const belonging = ({
  kind,
  table,
  alias,
  relation,
  text,
}: {
  readonly kind: string;
  readonly table: string;
  readonly alias: string;
  readonly relation: string;
  readonly text: string;
}): string =>
  `SELECT '${kind}', ${alias}.oid, ${qualified('n.nspname', 'c.relname')}, n.nspname, ${noWord}, ${noTypes}, ${text}
     FROM pg_catalog.${table} ${alias} JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) ${alias}.${relation}
     ${joinSchema('c.relnamespace')} WHERE ${reached(table, `${alias}.oid`)}`;

const inSchema = ({
  kind,
  table,
  prefix,
  types,
  text,
  name = qualified('n.nspname', `x.${prefix}name`),
}: {
  readonly kind: string;
  readonly table: string;
  readonly prefix: string;
  readonly types: string;
  readonly text: string;
  readonly name?: string;
}): string =>
  `SELECT '${kind}', x.oid, ${name}, n.nspname, x.${prefix}name, ${types}, ${text}
     FROM pg_catalog.${table} x ${joinSchema(`x.${prefix}namespace`)} WHERE ${reached(table, 'x.oid')}`;

const isArray = `x.typcategory OPERATOR(pg_catalog.=) 'A' AND x.typelem OPERATOR(pg_catalog.<>) 0::pg_catalog.oid`;
const ofNoValue = ['typacl', 'typowner', 'typdefault', 'typdefaultbin', 'typnotnull'];

/** What is listed of each catalog: kind, id, name for people, schema, bare name, types of arguments, and the text that is hashed. */
const listed: readonly string[] = [
  // Of one that is reached through its row type alone, the columns count; of a view, who may read through it.
  ofRelation(
    'relation',
    `pg_catalog.jsonb_build_array(c.relname, n.nspname, c.relkind, c.relrowsecurity, c.relforcerowsecurity,
            CASE WHEN c.relkind OPERATOR(pg_catalog.=) 'v' THEN c.reloptions END,
            CASE WHEN c.relkind OPERATOR(pg_catalog.<>) 'c' THEN c.relowner END,
            CASE WHEN ${isRead} THEN
              pg_catalog.jsonb_build_array(c.relfilenode, c.relam, c.relispartition, c.relpartbound::pg_catalog.text) END)::pg_catalog.text`,
  ),
  ofRelation('columns', columns, ` AND ${isRead}`),
  // Of what is there for its row type alone: they are the fields of composite values.
  ofRelation('row type', columns, ` AND NOT ${isRead}`),
  ofRelation(
    'children',
    `(SELECT pg_catalog.string_agg(${row('i')}, ',' ORDER BY i.inhrelid)
             FROM pg_catalog.pg_inherits i WHERE i.inhparent OPERATOR(pg_catalog.=) c.oid)`,
    ` AND ${isRead}`,
  ),
  belonging({ kind: 'rule', table: 'pg_rewrite', alias: 'r', relation: 'ev_class', text: row('r') }),
  belonging({ kind: 'policy', table: 'pg_policy', alias: 'p', relation: 'polrelid', text: row('p') }),
  belonging({
    kind: 'generated column',
    table: 'pg_attrdef',
    alias: 'd',
    relation: 'adrelid',
    text: 'd.adbin::pg_catalog.text',
  }),
  inSchema({
    kind: 'type',
    table: 'pg_type',
    prefix: 'typ',
    types: noTypes,
    text: `CASE WHEN ${isArray} THEN ${row('x', [...ofNoValue, 'typname'])} ELSE ${row('x', ofNoValue)} END`,
    name: `CASE WHEN ${isArray} THEN pg_catalog.format_type(x.oid, NULL) ELSE ${qualified('n.nspname', 'x.typname')} END`,
  }),
  `SELECT 'label', e.oid, pg_catalog.format('%L of %I.%I', e.enumlabel, n.nspname, t.typname), n.nspname, ${noWord}, ${noTypes},
          pg_catalog.jsonb_build_array(e.enumlabel, e.enumtypid, e.enumsortorder)::pg_catalog.text
     FROM pg_catalog.pg_enum e JOIN pg_catalog.pg_type t ON t.oid OPERATOR(pg_catalog.=) e.enumtypid ${joinSchema('t.typnamespace')}
    WHERE ${reached('pg_type', 't.oid')}`,
  `SELECT 'range', t.oid, ${qualified('n.nspname', 't.typname')}, n.nspname, ${noWord}, ${noTypes}, ${row('r')}
     FROM pg_catalog.pg_range r JOIN pg_catalog.pg_type t ON t.oid OPERATOR(pg_catalog.=) r.rngtypid ${joinSchema('t.typnamespace')}
    WHERE ${reached('pg_type', 't.oid')}`,
  inSchema({ kind: 'collation', table: 'pg_collation', prefix: 'coll', types: noTypes, text: row('x', ['collowner']) }),
  inSchema({
    kind: 'function',
    table: 'pg_proc',
    prefix: 'pro',
    types: 'x.proargtypes::pg_catalog.oid[]',
    text: `${row('x', ['proacl', 'proowner', 'procost', 'prorows'])} OPERATOR(pg_catalog.||)
          COALESCE((SELECT ${row('g')} FROM pg_catalog.pg_aggregate g WHERE g.aggfnoid OPERATOR(pg_catalog.=) x.oid), '')`,
  }),
  inSchema({
    kind: 'operator',
    table: 'pg_operator',
    prefix: 'opr',
    types: 'ARRAY[x.oprleft, x.oprright]',
    text: row('x', ['oprowner', 'oprrest', 'oprjoin']),
  }),
  `SELECT 'cast', c.oid, pg_catalog.format('%s as %s', pg_catalog.format_type(c.castsource, NULL), pg_catalog.format_type(c.casttarget, NULL)),
          NULL::pg_catalog.name, ${noWord}, ARRAY[c.castsource, c.casttarget], ${row('c')}
     FROM pg_catalog.pg_cast c WHERE ${reached('pg_cast', 'c.oid')}`,
  inSchema({
    kind: 'text search configuration',
    table: 'pg_ts_config',
    prefix: 'cfg',
    types: noTypes,
    text: `${row('x', ['cfgowner'])} OPERATOR(pg_catalog.||) COALESCE((SELECT pg_catalog.string_agg(${row('m')}, ',' ORDER BY m.maptokentype, m.mapseqno)
          FROM pg_catalog.pg_ts_config_map m WHERE m.mapcfg OPERATOR(pg_catalog.=) x.oid), '')`,
  }),
  inSchema({
    kind: 'text search dictionary',
    table: 'pg_ts_dict',
    prefix: 'dict',
    types: noTypes,
    text: row('x', ['dictowner']),
  }),
  `SELECT 'foreign table', f.ftrelid, ${qualified('n.nspname', 'c.relname')}, n.nspname, ${noWord}, ${noTypes}, ${row('f')}
     FROM pg_catalog.pg_foreign_table f JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) f.ftrelid ${joinSchema('c.relnamespace')}
    WHERE ${reached('pg_class', 'c.oid')}`,
  inSchema({
    kind: 'operator family',
    table: 'pg_opfamily',
    prefix: 'opf',
    types: noTypes,
    text: `pg_catalog.concat((SELECT pg_catalog.string_agg(${row('f', ['oid'])}, ',' ORDER BY f.amprocnum, f.amproclefttype, f.amprocrighttype)
            FROM pg_catalog.pg_amproc f WHERE f.amprocfamily OPERATOR(pg_catalog.=) x.oid),
          (SELECT pg_catalog.string_agg(${row('o', ['oid'])}, ',' ORDER BY o.amopstrategy, o.amoplefttype, o.amoprighttype)
            FROM pg_catalog.pg_amop o WHERE o.amopfamily OPERATOR(pg_catalog.=) x.oid))`,
  }),
  `SELECT 'foreign server', s.oid, s.srvname::pg_catalog.text, NULL::pg_catalog.name, ${noWord}, ${noTypes}, ${row('s', ['srvacl', 'srvowner'])}
     FROM pg_catalog.pg_foreign_server s WHERE ${reached('pg_foreign_server', 's.oid')}`,
];

/** A planner asks what it takes for cheap first; going through all texts of the server's own views takes longer than all else. */
const first = (condition: string, then: string): string => `CASE WHEN ${condition} THEN ${then} END`;

/**
 * Whose rights are asked for: this user, and the owners of the views through which tables are read. By row-level security on
 * anything that is reached, or by `pg_has_role` (2705 to 2710 in `pg_proc.dat`) in a view or in a text.
 */
const roles = `
  SELECT 'role', m.oid, pg_catalog.format('%I', m.rolname), NULL::pg_catalog.name, ${noWord}, ${noTypes},
         pg_catalog.jsonb_build_array(m.rolsuper, m.rolbypassrls, m.rolinherit,
           (SELECT pg_catalog.string_agg(${row('e', ['grantor', 'admin_option', 'oid'])}, ',' ORDER BY e.roleid)
              FROM pg_catalog.pg_auth_members e WHERE e.member OPERATOR(pg_catalog.=) m.oid))::pg_catalog.text
    FROM pg_catalog.pg_roles m
   WHERE (EXISTS (SELECT 1 FROM pg_catalog.pg_class c WHERE c.relrowsecurity AND ${reached('pg_class', 'c.oid')})
       OR EXISTS (SELECT 1 FROM pg_catalog.pg_rewrite r WHERE ${first(
         reached('pg_rewrite', 'r.oid'),
         `r.ev_action::pg_catalog.text OPERATOR(pg_catalog.~) ':funcid 27(05|06|07|08|09|10) '`,
       )})
       OR EXISTS (SELECT 1 FROM pg_catalog.pg_proc p WHERE ${first(
         reached('pg_proc', 'p.oid'),
         `pg_catalog.strpos(pg_catalog.lower(p.prosrc COLLATE pg_catalog."C"), 'pg_has_role') OPERATOR(pg_catalog.>) 0`,
       )})
       OR pg_catalog.strpos(pg_catalog.lower($3::pg_catalog.text COLLATE pg_catalog."C"), 'pg_has_role') OPERATOR(pg_catalog.>) 0)
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
    `SELECT 'name', x.oid, x.${name}::pg_catalog.text, ${schema === undefined ? 'NULL::pg_catalog.name' : 'n.nspname'}, x.${name}, ${noTypes},
          pg_catalog.jsonb_build_array('${table}', x.${name}${schema === undefined ? '' : ', n.nspname'})::pg_catalog.text
     FROM pg_catalog.${table} x ${schema === undefined ? '' : joinSchema(`x.${schema}`)}
    WHERE ${schema === undefined ? 'true' : `n.nspname OPERATOR(pg_catalog.!~) '^pg_'`}
      AND (EXISTS (SELECT 1 FROM reachable WHERE classid OPERATOR(pg_catalog.=) ${catalog('pg_type')}
                     AND objid OPERATOR(pg_catalog.=) 'pg_catalog.${type}'::pg_catalog.regtype::pg_catalog.oid)
        OR pg_catalog.lower($3::pg_catalog.text COLLATE pg_catalog."C") OPERATOR(pg_catalog.~) '\\m${type}\\M')`,
);

/** Whether there is another object of that name, which a text may have meant before this one came. */
const shadows = `CASE ${[
  ['function', 'pg_proc', 'pro'],
  ['type', 'pg_type', 'typ'],
  ['relation', 'pg_class', 'rel'],
  ['collation', 'pg_collation', 'coll'],
  ['text search configuration', 'pg_ts_config', 'cfg'],
  ['text search dictionary', 'pg_ts_dict', 'dict'],
]
  .map(
    ([kind, table, prefix]) =>
      `WHEN d.kind OPERATOR(pg_catalog.=) '${kind}' THEN EXISTS (SELECT 1 FROM pg_catalog.${table} o JOIN looked_in l ON l.oid OPERATOR(pg_catalog.=) o.${prefix}namespace
                    WHERE o.${prefix}name OPERATOR(pg_catalog.=) d.word AND o.oid OPERATOR(pg_catalog.<>) d.id)`,
  )
  .join('\n         ')} ELSE false END`;

/**
 * Rows: kind, id, name, bare name, hash; `visible` where a new object of that name may be what the text means, `shadows` where there was
 * another one for it to mean; types of arguments. Then the operators and casts that may be used, with `maybe`.
 */
export const definitionsStatement = `${reachable}
  SELECT DISTINCT d.kind, d.id, d.name, d.word::pg_catalog.text AS word, false AS maybe,
         pg_catalog.hashtextextended(d.definition COLLATE pg_catalog."C", 0)::pg_catalog.text AS hash,
         d.schema IS NULL OR EXISTS (SELECT 1 FROM looked_in l WHERE l.nspname OPERATOR(pg_catalog.=) d.schema) AS visible,
         ${shadows} AS shadows, d.types
    FROM (${[...listed, roles, ...names].join('\n    UNION ALL ')}) AS d(kind, id, name, schema, word, types, definition)
  UNION ALL
  SELECT m.kind, m.id, '', NULL, true, NULL, false, false, m.types FROM (${candidates}) AS m(kind, id, types)`;
