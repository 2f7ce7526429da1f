import { firstOfUsers } from '../snapshot/locked-relations.js';

/*
 * Where the definitions are that decide what is read: everything that relations, types and texts lead to. Objects with ids below
 * 16384 come with the server: they are gone through, and left out in the end, since nobody but the server's owner changes them.
 */

export const isUsers = (oid: string): string => `${oid} OPERATOR(pg_catalog.>=) ${firstOfUsers}::pg_catalog.oid`;

/** A catalog's own id, as `pg_depend` and `reachable` name it. */
export const catalog = (name: string): string => `'pg_catalog.${name}'::pg_catalog.regclass::pg_catalog.oid`;

/**
 * In small letters, both as the parser does it (ASCII alone) and as the database's locale does: in a Turkish one they differ, and
 * in an encoding of one byte the parser does it the other way, too.
 */
const small = (text: string): string =>
  `(SELECT pg_catalog.lower(${text} COLLATE pg_catalog."C") COLLATE pg_catalog."C"
                  UNION ALL SELECT pg_catalog.lower(${text} COLLATE pg_catalog."default") COLLATE pg_catalog."C")`;

/** Catalogs of what is found by its name alone, the column with the name, and that with the schema. */
const namedCatalogs = [
  ['pg_proc', 'proname', 'pronamespace'],
  ['pg_type', 'typname', 'typnamespace'],
  ['pg_collation', 'collname', 'collnamespace'],
  ['pg_ts_config', 'cfgname', 'cfgnamespace'],
  ['pg_ts_dict', 'dictname', 'dictnamespace'],
] as const;

const named = `
  named AS MATERIALIZED (
    SELECT DISTINCT c.classid, c.objid, s.name, n.nspname::pg_catalog.text AS schema,
           n.nspname OPERATOR(pg_catalog.=) ANY (pg_catalog.current_schemas(true)) AS visible,
           s.name OPERATOR(pg_catalog.~) '^[a-z0-9_$]+$' AS plain
      FROM (${namedCatalogs
        .map(
          ([table, name, schema]) =>
            `SELECT ${catalog(table)} AS classid, oid AS objid, ${name}::pg_catalog.text AS name, ${schema} AS schema FROM pg_catalog.${table} WHERE ${isUsers('oid')}`,
        )
        .join('\n      UNION ALL ')}) c
      JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.schema, LATERAL ${small('c.name')} AS s(name)
  )`;

/**
 * What the texts of `texts(id, text, everywhere)` name. The server does not record the names in a query or in a function's body: so
 * all objects of such a name count that are in a schema where names are looked up, or which the text names. Words are joined with names by hash;
 * odd names, which are no words, are looked for as they are. A text with names in Unicode escapes may name anything.
 */
const mentions = (texts: string): string => `
    SELECT h.id, h.classid, h.objid
      FROM (SELECT w.id, n.*
              FROM (SELECT DISTINCT t.id, r.word FROM (${texts}) t, LATERAL ${small('t.text')} AS s(text),
                           LATERAL pg_catalog.regexp_split_to_table(s.text, '[^a-z0-9_$]+') AS r(word)) w
              JOIN named n ON n.name OPERATOR(pg_catalog.=) w.word
            UNION ALL
            SELECT t.id, n.* FROM (${texts}) t, LATERAL ${small('t.text')} AS s(text), named n
             WHERE NOT n.plain AND (pg_catalog.strpos(s.text, n.name) OPERATOR(pg_catalog.>) 0
                OR pg_catalog.strpos(s.text, pg_catalog.replace(n.name, '"', '""')) OPERATOR(pg_catalog.>) 0)
            UNION ALL
            SELECT t.id, n.* FROM (${texts}) t, named n WHERE t.text OPERATOR(pg_catalog.~*) 'u&"') h
      JOIN (${texts}) t ON t.id OPERATOR(pg_catalog.=) h.id
     WHERE h.visible OR t.everywhere OR pg_catalog.strpos(t.text, 'search_path') OPERATOR(pg_catalog.>) 0
        OR pg_catalog.strpos(pg_catalog.lower(t.text COLLATE pg_catalog."C"), pg_catalog.lower(h.schema COLLATE pg_catalog."C")) OPERATOR(pg_catalog.>) 0`;

const query = `SELECT 0::pg_catalog.oid AS id, $3::pg_catalog.text AS text, false AS everywhere`;

const bodies = `SELECT p.oid AS id, p.prosrc AS text,
                  COALESCE(pg_catalog.array_to_string(p.proconfig, ','), '') OPERATOR(pg_catalog.~) 'search_path=' AS everywhere
             FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_language l ON l.oid OPERATOR(pg_catalog.=) p.prolang
            WHERE ${isUsers('p.oid')} AND l.lanname OPERATOR(pg_catalog.<>) ALL ('{internal,c}'::pg_catalog.name[])
              AND $4::pg_catalog.bool`;

/** Where the search begins. */
const beginnings = `
      SELECT ${catalog('pg_class')} AS classid, r.oid AS objid FROM pg_catalog.unnest($1::pg_catalog.oid[]) r(oid)
      UNION ALL SELECT ${catalog('pg_type')}, t.oid FROM pg_catalog.unnest($2::pg_catalog.oid[]) t(oid)
      UNION ALL SELECT classid, objid FROM in_query
      UNION ALL SELECT ${catalog('pg_operator')}, o.oid FROM pg_catalog.unnest($5::pg_catalog.oid[]) o(oid)
      UNION ALL SELECT ${catalog('pg_cast')}, c.oid FROM pg_catalog.unnest($6::pg_catalog.oid[]) c(oid)`;

/** From an object `o` of a catalog to rows that belong to it: the catalog, the column that holds its id, the catalog of what follows, its id. */
const step = ({
  from,
  table,
  key,
  to,
  id,
  where = '',
}: {
  readonly from: string;
  readonly table: string;
  readonly key: string;
  readonly to: string;
  readonly id: string;
  readonly where?: string;
}): string =>
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
  step({ from: 'pg_class', table: 'pg_rewrite', key: 'ev_class', to: 'pg_rewrite', id: 'oid' }),
  step({ from: 'pg_class', table: 'pg_policy', key: 'polrelid', to: 'pg_policy', id: 'oid' }),
  step({ from: 'pg_class', table: 'pg_inherits', key: 'inhparent', to: 'pg_class', id: 'inhrelid' }),
  step({
    from: 'pg_class',
    table: 'pg_attribute',
    key: 'attrelid',
    to: 'pg_type',
    id: 'atttypid',
    where: ' AND s.attnum OPERATOR(pg_catalog.>) 0 AND NOT s.attisdropped',
  }),
  step({
    from: 'pg_class',
    table: 'pg_attrdef',
    key: 'adrelid',
    to: 'pg_attrdef',
    id: 'oid',
    where: ` AND EXISTS (SELECT 1 FROM pg_catalog.pg_attribute a WHERE a.attrelid OPERATOR(pg_catalog.=) s.adrelid
                     AND a.attnum OPERATOR(pg_catalog.=) s.adnum AND a.attgenerated OPERATOR(pg_catalog.<>) '')`,
  }),
  step({
    from: 'pg_type',
    table: 'pg_type',
    key: 'oid',
    to: 'pg_class',
    id: 'typrelid',
    where: ` AND s.typrelid OPERATOR(pg_catalog.<>) 0::pg_catalog.oid AND ${isUsers('s.oid')}`,
  }),
  step({ from: 'pg_type', table: 'pg_type', key: 'oid', to: 'pg_type', id: 'typelem' }),
  // How values are ordered and told apart where no operator is written: ORDER BY, DISTINCT, GROUP BY.
  step({
    from: 'pg_type',
    table: 'pg_opclass',
    key: 'opcintype',
    to: 'pg_opfamily',
    id: 'opcfamily',
    where: ` AND ${isUsers('s.oid')}`,
  }),
  step({ from: 'pg_opfamily', table: 'pg_amproc', key: 'amprocfamily', to: 'pg_proc', id: 'amproc' }),
  step({ from: 'pg_opfamily', table: 'pg_amop', key: 'amopfamily', to: 'pg_operator', id: 'amopopr' }),
  step({ from: 'pg_cast', table: 'pg_cast', key: 'oid', to: 'pg_proc', id: 'castfunc' }),
  `SELECT m.classid, m.objid FROM ROWS FROM (pg_catalog.unnest(b.classids), pg_catalog.unnest(b.objids)) AS m(classid, objid)
       WHERE o.classid OPERATOR(pg_catalog.=) ${catalog('pg_proc')}`,
];

/**
 * `reached`: everything that the relations, types and queries lead to. `read_from`: those of the relations that are read, as is known,
 * or as bodies of functions say; others are there for their row types. `texts`: the queries, and the bodies of the functions that they
 * lead to. `looked_in`: the schemas in which names of these texts may be looked up.
 */
export const reachable = `
  WITH RECURSIVE ${named}, in_query AS MATERIALIZED (${mentions(query)}
  ), in_bodies AS MATERIALIZED (
    SELECT m.id, pg_catalog.array_agg(m.classid) AS classids, pg_catalog.array_agg(m.objid) AS objids
      FROM (${mentions(bodies)}) m GROUP BY m.id
  ), reachable(classid, objid) AS (
    SELECT s.classid, s.objid FROM (${beginnings}) s
    UNION
    SELECT n.classid, n.objid FROM reachable o LEFT JOIN in_bodies b ON b.id OPERATOR(pg_catalog.=) o.objid, LATERAL (
      ${steps.join('\n      UNION ALL ')}) n
  ), reached AS MATERIALIZED (
    SELECT DISTINCT classid, objid FROM reachable WHERE ${isUsers('objid')}
  ), read_from AS MATERIALIZED (
    SELECT r.oid FROM pg_catalog.unnest($1::pg_catalog.oid[]) r(oid)
    UNION
    SELECT c.oid FROM reached f JOIN in_bodies b ON b.id OPERATOR(pg_catalog.=) f.objid, LATERAL pg_catalog.unnest(b.objids) t(oid)
      JOIN pg_catalog.pg_class c ON c.reltype OPERATOR(pg_catalog.=) t.oid
     WHERE f.classid OPERATOR(pg_catalog.=) ${catalog('pg_proc')}
  ), texts AS MATERIALIZED (
    SELECT $3::pg_catalog.text AS text, false AS everywhere
    UNION ALL
    SELECT b.text, b.everywhere OR pg_catalog.strpos(b.text, 'search_path') OPERATOR(pg_catalog.>) 0
      FROM reached f JOIN (${bodies}) b ON b.id OPERATOR(pg_catalog.=) f.objid
     WHERE f.classid OPERATOR(pg_catalog.=) ${catalog('pg_proc')}
  ), looked_in AS MATERIALIZED (
    SELECT n.oid, n.nspname FROM pg_catalog.pg_namespace n
     WHERE n.nspname OPERATOR(pg_catalog.=) ANY (pg_catalog.current_schemas(true))
        OR EXISTS (SELECT 1 FROM texts t WHERE t.everywhere
                OR pg_catalog.strpos(pg_catalog.lower(t.text COLLATE pg_catalog."C"), pg_catalog.lower(n.nspname::pg_catalog.text COLLATE pg_catalog."C")) OPERATOR(pg_catalog.>) 0)
  )`;

export const reached = (name: string, oid: string): string =>
  `EXISTS (SELECT 1 FROM reached WHERE classid OPERATOR(pg_catalog.=) ${catalog(name)} AND objid OPERATOR(pg_catalog.=) ${oid})`;

/** Signs that stand for operators which SQL also writes in words: IN, USING, NULLIF, CASE, BETWEEN, LIKE, SIMILAR TO, … */
const inWords = '{=,<>,<,<=,>,>=,~~,!~~,~~*,!~~*,~}';

/** The signs of a text. One may stand together with another: `>=-1`. */
const signs = (text: string): string => `
        SELECT s.sign FROM pg_catalog.regexp_split_to_table(${text}, '[^-+*/<>=~!@#%^&|\`?]+') AS r(sign),
               LATERAL pg_catalog.unnest(ARRAY[r.sign, pg_catalog.rtrim(r.sign, '-+')]) AS s(sign)`;

/**
 * Operators and casts that the texts may use, whose names stand nowhere: they count where all their types do, which is known only
 * once the types are. Kind, id and types.
 */
export const candidates = `
    SELECT 'operator', o.oid, ARRAY[o.oprleft, o.oprright]
      FROM pg_catalog.pg_operator o
     WHERE ${isUsers('o.oid')} AND (($3::pg_catalog.text OPERATOR(pg_catalog.<>) '' OR $4::pg_catalog.bool)
             AND o.oprname OPERATOR(pg_catalog.=) ANY ('${inWords}'::pg_catalog.name[])
        OR o.oprname::pg_catalog.text OPERATOR(pg_catalog.=) ANY (
        SELECT s.sign FROM texts t, LATERAL (${signs('t.text')}) s))
    UNION ALL
    SELECT 'cast', c.oid, ARRAY[c.castsource, c.casttarget]
      FROM pg_catalog.pg_cast c WHERE ${isUsers('c.oid')} AND ($3::pg_catalog.text OPERATOR(pg_catalog.<>) '' OR $4::pg_catalog.bool)`;
