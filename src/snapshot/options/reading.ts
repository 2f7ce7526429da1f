import * as z from 'zod';
import { define, type OptionDefinition } from './definition.js';
import * as kind from './kinds.js';
import { tableKeys, tablesSchema } from './table-options.js';
import { roads, sources } from '../../source/registry.js';

const schemes = sources.flatMap((source) => source.schemes);

/** What is read, and how. */
export const reading = {
  source: define({
    schema: kind.text.regex(new RegExp(`^(?:${schemes.join('|')}):(?://.*)?$`, 's')),
    group: 'What to read',
    value: '<url>',
    help: `The database, as a URL; without it the variables DB_HOST, DB_PORT, DB_NAME, DB_USER, DB_PASSWORD or ${sources.map((source) => source.variables).join(', ')} say`,
    allowed: `a URL such as ${sources[0]!.exampleUrl}, or a scheme alone, such as mysql:`,
    secret: true,
    reproduces: true,
    advise: adviseSource,
  }),
  table: define({
    schema: kind.tables,
    group: 'What to read',
    value: '<table>',
    help: 'A table or view to read, as name or schema.name; repeat it for several, each as <name>=<table> where names meet',
    allowed: 'a table such as customers or sales.orders, a list of them, or a map of names to tables',
    repeats: 'list',
    reproduces: true,
  }),
  tables: define({
    schema: tablesSchema,
    group: 'What to read',
    value: '<json>',
    help: 'Several tables or queries by name, each with options of its own: in YAML a map, elsewhere JSON',
    allowed: `a map of names to ${tableKeys.join(', ')}`,
    keepsText: { scalars: 'inexact' },
    reproduces: true,
    secret: true,
  }),
  query: define({
    schema: kind.text,
    group: 'What to read',
    value: '<sql>',
    help: 'One SELECT to read instead of a table; parameters stand in it as :name',
    allowed: 'one SQL query',
    reproduces: true,
  }),
  'query-file': define({
    schema: kind.text,
    group: 'What to read',
    value: '<file>',
    help: 'A file that holds the query',
    allowed: 'the path of a file with one SQL query',
    reproduces: true,
  }),
  param: define({
    schema: kind.parameters,
    group: 'What to read',
    value: '<name=value>',
    help: "A query's parameter; it is bound, never pasted",
    allowed: 'name=value; in YAML a map of names to values, or to {value: …, secret: true}',
    repeats: 'map',
    keepsText: { scalars: 'all', except: 'secret' },
    secret: true,
    reproduces: true,
  }),
  'secret-param': define({
    schema: kind.secretParameters,
    group: 'What to read',
    value: '<name[=value]>',
    help: 'A parameter whose value stays out of every file and message; without a value it is read from TIDEMARK_PARAM_<NAME>',
    allowed: 'name=value, or a name whose value is in the variable TIDEMARK_PARAM_<NAME>',
    repeats: 'map',
    keepsText: { scalars: 'all' },
    secret: true,
    reproduces: true,
  }),
  via: define({
    schema: z.enum(roads),
    group: 'What to read',
    value: '<road>',
    help: `${sources
      .flatMap((source) => Object.entries(source.roads))
      .map(([road, what]) => `${road}: ${what}`)
      .join('; ')}. Each database has roads of its own; the first is the default`,
    allowed: sources.map(({ schemes, roads: own }) => `${schemes[0]}: ${Object.keys(own).join(' or ')}`).join('; '),
  }),
  limit: define({
    schema: kind.count(1, Number.MAX_SAFE_INTEGER),
    group: 'What to read',
    value: '<rows>',
    help: 'Read only so many rows of each table, to try things; the manifest says so',
    allowed: 'a whole number of rows, at least 1',
    reproduces: true,
  }),
  consistency: define({
    schema: z.enum(['snapshot', 'none']),
    group: 'What to read',
    value: '<level>',
    help: 'snapshot: everything is one moment of the database; none: it need not be, and the manifest says so',
    allowed: 'snapshot or none',
    default: 'snapshot',
    reproduces: true,
  }),
  'snapshot-id': define({
    schema: kind.text.regex(/^[0-9A-F]{8}-[0-9A-F]{8}-\d+$/),
    group: 'What to read',
    value: '<id>',
    help: 'Read at the moment that somebody else holds and has exported by pg_export_snapshot(), so that other steps see the same',
    allowed: 'what pg_export_snapshot() returned, such as 00000003-0000001B-1',
  }),
  cast: define({
    schema: kind.textMap,
    group: 'What to read',
    value: '<column=type>',
    help: 'Write a column as another type, such as price=decimal(20,4)',
    allowed: 'column=type, such as price=decimal(20,4); in YAML a map of columns to types',
    repeats: 'map',
    keepsText: { scalars: 'all' },
    reproduces: true,
  }),
  misfit: define({
    schema: z.enum(['fail', 'null']),
    group: 'What to read',
    value: '<policy>',
    help: 'A value that its column cannot hold: fail ends the run (exit 6), null writes NULL and counts it',
    allowed: 'fail or null',
    default: 'fail',
    reproduces: true,
  }),
  infinity: define({
    schema: z.enum(['fail', 'extreme', 'null']),
    group: 'What to read',
    value: '<policy>',
    help: 'Infinite dates and timestamps: fail, the extreme value of the type, or NULL; the last two are counted',
    allowed: 'fail, extreme or null',
    default: 'as --misfit',
    reproduces: true,
  }),
} satisfies Record<string, OptionDefinition>;

function adviseSource(): string {
  const begins = sources.map((source) => `${source.schemes[0]}://`).join(' or ');
  return `Begin with ${begins}, or leave --source out and set DB_HOST, DB_PORT, DB_NAME, DB_USER and DB_PASSWORD.`;
}
