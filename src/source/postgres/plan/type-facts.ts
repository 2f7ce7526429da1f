import { TidemarkError } from '../../../core/errors.js';
import type { PgConnection } from '../../postgres-protocol/connection.js';
import type { ColumnFacts } from '../../postgres-protocol/describe.js';

/** What the catalog says of a column's type; domains are resolved to the type under them. */
export interface TypeFacts {
  /** As `format_type` writes it: `numeric(15,2)`. */
  readonly name: string;
  readonly oid: number;
  readonly typmod: number;
  /** `pg_type.typtype` of the resolved type: `b` base, `e` enum, `c` composite, `r` range, `m` multirange, … */
  readonly kind: string;
  /** Whether `name` is a domain. */
  readonly domain: boolean;
  /** Whether it is an array of the one type in `parts`. */
  readonly array?: boolean;
  /** Of a type that belongs to an extension: `hstore.hstore`, extension and type. */
  readonly extension?: string;
  /** The function that makes the binary form: quoted and qualified. */
  readonly send?: string;
  /** What values are made of: an array's elements, a composite's fields, a range's bounds, a multirange's ranges. */
  readonly parts?: readonly PartFacts[];
}

export interface PartFacts {
  readonly name: string;
  /** The type that values name, a domain where it is one. */
  readonly typeId: number;
  readonly facts: TypeFacts;
}

/** No reader wants to see a value inside of so many others; the catalog has no circles. */
const deepest = 32;

type Row = Required<Omit<TypeFacts, 'parts' | 'extension' | 'send'>> & {
  readonly extension: string | null;
  readonly send: string | null;
  readonly parts: readonly ColumnFacts[] | null;
};

/**
 * The catalog's facts of column types, domains followed down to the type under them, and nested types to what they are made of. Names
 * of users' own types come with their schema always, also where the search path would do without: the manifest must not depend on who reads.
 */
export async function typeFacts(connection: PgConnection, columns: readonly ColumnFacts[]): Promise<TypeFacts[]> {
  const known = new Map<string, Row>();
  let asked: readonly ColumnFacts[] = columns;
  for (let depth = 0; asked.length > 0; depth++) {
    if (depth === deepest) throw new TidemarkError('source.unsupported', `a type is nested more than ${deepest} deep`);
    const unknown = [...new Map(asked.map((facts) => [keyOf(facts), facts])).values()];
    const rows = await rowsOf(connection, unknown);
    rows.forEach((row, index) => known.set(keyOf(unknown[index]!), row));
    asked = rows.flatMap(({ parts }) => parts ?? []).filter((part) => !known.has(keyOf(part)));
  }
  return columns.map((facts) => factsOf(facts, known));
}

const keyOf = ({ oid, typmod }: Omit<ColumnFacts, 'name'>): string => `${oid} ${typmod}`;

function factsOf(asked: ColumnFacts, known: ReadonlyMap<string, Row>): TypeFacts {
  const { extension, send, parts, ...facts } = known.get(keyOf(asked))!;
  return {
    ...facts,
    ...(extension !== null && { extension }),
    ...(send !== null && { send }),
    ...(parts && {
      parts: parts.map((part) => ({ name: part.name, typeId: part.oid, facts: factsOf(part, known) })),
    }),
  };
}

/** What one part is, as the select below writes it; the names are those of {@link ColumnFacts}. */
const part = (name: string, oid: string, typmod: string): string =>
  `pg_catalog.json_build_object('name', ${name}, 'oid', ${oid}::pg_catalog.int8, 'typmod', ${typmod})`;

const partsOfType = `
  CASE WHEN t.typinput OPERATOR(pg_catalog.=) 'pg_catalog.array_in'::pg_catalog.regproc
       THEN pg_catalog.json_build_array(${part("'element'", 't.typelem', 'r.typmod')})
       WHEN t.typtype OPERATOR(pg_catalog.=) 'c'
       THEN (SELECT pg_catalog.json_agg(${part('a.attname', 'a.atttypid', 'a.atttypmod')} ORDER BY a.attnum)
               FROM pg_catalog.pg_attribute a
              WHERE a.attrelid OPERATOR(pg_catalog.=) t.typrelid AND a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped)
       WHEN t.typtype OPERATOR(pg_catalog.=) 'r'
       THEN (SELECT pg_catalog.json_build_array(${part("'bound'", 'g.rngsubtype', '-1')})
               FROM pg_catalog.pg_range g WHERE g.rngtypid OPERATOR(pg_catalog.=) t.oid)
       WHEN t.typtype OPERATOR(pg_catalog.=) 'm'
       THEN (SELECT pg_catalog.json_build_array(${part("'range'", 'g.rngtypid', '-1')})
               FROM pg_catalog.pg_range g WHERE g.rngmultitypid OPERATOR(pg_catalog.=) t.oid) END`;

const extensionOfType = `
  (SELECT e.extname::pg_catalog.text OPERATOR(pg_catalog.||) '.' OPERATOR(pg_catalog.||) t.typname::pg_catalog.text
     FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_extension e ON e.oid OPERATOR(pg_catalog.=) d.refobjid
    WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_type'::pg_catalog.regclass
      AND d.objid OPERATOR(pg_catalog.=) t.oid AND d.deptype OPERATOR(pg_catalog.=) 'e'
      AND d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass)`;

const sendOfType = `
  (SELECT pg_catalog.format('%I.%I', s.nspname, p.proname)
     FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace s ON s.oid OPERATOR(pg_catalog.=) p.pronamespace
    WHERE p.oid OPERATOR(pg_catalog.=) t.typsend)`;

async function rowsOf(connection: PgConnection, types: readonly ColumnFacts[]): Promise<Row[]> {
  const rows = await connection.query<Row>(
    `WITH RECURSIVE asked AS (
       SELECT * FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.int4[]))
                       WITH ORDINALITY AS a(oid, typmod, place)
     ), resolved AS (
       SELECT a.place, t.oid, a.typmod, t.typtype, t.typbasetype, t.typtypmod, false AS domain
         FROM asked a JOIN pg_catalog.pg_type t ON t.oid OPERATOR(pg_catalog.=) a.oid
       UNION ALL
       SELECT r.place, t.oid, r.typtypmod, t.typtype, t.typbasetype, t.typtypmod, true
         FROM resolved r JOIN pg_catalog.pg_type t ON t.oid OPERATOR(pg_catalog.=) r.typbasetype
        WHERE r.typtype OPERATOR(pg_catalog.=) 'd'
     )
     SELECT CASE WHEN n.nspname OPERATOR(pg_catalog.=) 'pg_catalog' OR NOT pg_catalog.pg_type_is_visible(a.oid) THEN ''
                 ELSE pg_catalog.format('%I.', n.nspname) END
              OPERATOR(pg_catalog.||) pg_catalog.format_type(a.oid, a.typmod) AS name,
            COALESCE(r.oid, a.oid) AS oid, COALESCE(r.typmod, a.typmod) AS typmod,
            COALESCE(r.typtype::pg_catalog.text, '?') AS kind, COALESCE(r.domain, false) AS domain,
            COALESCE(t.typinput OPERATOR(pg_catalog.=) 'pg_catalog.array_in'::pg_catalog.regproc, false) AS array,
            ${extensionOfType} AS extension, ${sendOfType} AS send, ${partsOfType} AS parts
       FROM asked a JOIN pg_catalog.pg_type named ON named.oid OPERATOR(pg_catalog.=) a.oid
       JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) named.typnamespace
       LEFT JOIN resolved r ON r.place OPERATOR(pg_catalog.=) a.place AND r.typtype OPERATOR(pg_catalog.<>) 'd'
       LEFT JOIN pg_catalog.pg_type t ON t.oid OPERATOR(pg_catalog.=) r.oid
      ORDER BY a.place`,
    [types.map((type) => type.oid), types.map((type) => type.typmod)],
  );
  // format_type qualifies a built-in name where a user's type of that name comes first.
  return rows.map((row) => ({ ...row, name: row.name.replace(/^pg_catalog\./, '') }));
}
