import { field } from './shapes.js';
import type { Specimen } from './specimens.js';

const every = [
  'POINT(1 2)',
  'POINT(-0.1 1e-300)',
  'POINT EMPTY',
  'POINT Z (1 2 3)',
  'POINT M (1 2 4)',
  'POINT ZM (1 2 3 4)',
  'SRID=4326;POINT(24.94 60.17)',
  'SRID=3067;POLYGON((0 0,10 0,10 10,0 0),(1 1,2 1,2 2,1 1))',
  'POLYGON EMPTY',
  'SRID=4326;POLYGON EMPTY',
  'POLYGON Z ((0 0 1,1 0 1,1 1 1,0 0 1))',
  'LINESTRING(0 0,1 1,2 0)',
  'MULTIPOINT((0 0),(1 1))',
  'MULTIPOLYGON(((0 0,1 0,1 1,0 0)),((5 5,6 5,6 6,5 5)))',
  'SRID=4326;GEOMETRYCOLLECTION(POINT(1 2),LINESTRING(0 0,1 1),POLYGON EMPTY)',
  'GEOMETRYCOLLECTION EMPTY',
  'CIRCULARSTRING(0 0,1 1,2 0)',
  'CURVEPOLYGON(CIRCULARSTRING(0 0,4 0,4 4,0 4,0 0))',
  'TIN(((0 0 0,0 0 1,0 1 0,0 0 0)))',
];

const onEarth = every
  .filter((text) => !/CURVE|CIRCULAR|TIN|3067/.test(text))
  .map((text) => text.replace(/^SRID=\d+;/, ''));
const arrays = ['{}', '{NULL}', '{"POINT(1 2)":NULL:"SRID=4326;POLYGON((0 0,1 0,1 1,0 0))":"POINT EMPTY"}'];

/** A specimen, and the column of EWKB that the server's own function makes of it, where it is not the value itself. */
interface Geometry extends Specimen {
  readonly asEwkb?: string;
}

const single = (value: string): string => `ST_AsEWKB((${value})::geometry, 'NDR')`;
const bytes = (name: string, sql: string, values: readonly string[]): Geometry => ({
  ...{ name, sql, values, arrow: 'binary', asEwkb: single(name) },
});
const list = (name: string, sql: string, values: readonly string[]): Geometry => ({
  ...{ name, sql, values, arrow: 'list<binary>', shape: { elements: 'binary' } },
  asEwkb: `CASE WHEN ${name} IS NOT NULL THEN
    ARRAY(SELECT ${single('e')} FROM unnest(${name}) WITH ORDINALITY u(e, i) ORDER BY i) END`,
});

/** What stands beside the table of EWKB, since a composite of it has to have a type. */
export const prelude = 'CREATE TYPE ewkb_dump AS (path int[], geom bytea); CREATE DOMAIN spot AS geometry(Point, 4326)';

/** Types of PostGIS: those whose binary form is EWKB, what is made of them, and those that stay the server's text. */
export const geometries: readonly Geometry[] = [
  bytes('g', 'geometry', every),
  bytes('g_spot', 'geometry(Point,4326)', ['SRID=4326;POINT(1 2)', 'SRID=4326;POINT EMPTY']),
  bytes('g_zm', 'geometry(PointZM)', ['POINT ZM (1 2 3 4)']),
  bytes('g_domain', 'spot', ['SRID=4326;POINT(3 4)']),
  bytes('e', 'geography', onEarth),
  bytes('e_line', 'geography(LineStringZ,4326)', ['LINESTRING Z (0 0 1,1 1 1)']),
  list('a', 'geometry[]', arrays),
  list('a_earth', 'geography[]', arrays),
  {
    ...{ name: 'dump', sql: 'geometry_dump', values: ['("{1,2}","POINT(1 2)")', '(,)', '({},"SRID=4326;POINT(1 2)")'] },
    arrow: 'struct<path: list<int32>, geom: binary>',
    shape: { fields: [field('path', { elements: 'int32' }), field('geom', 'binary')] },
    asEwkb: `CASE WHEN num_nulls(dump) = 0 THEN ROW((dump).path, ${single('(dump).geom')})::ewkb_dump END`,
  },
  { name: 'flat', sql: 'box2d', arrow: 'utf8', exactness: 'widened', values: ['BOX(1 2,3 4.5)', 'BOX(-1 -2,-1 -2)'] },
  { name: 'solid', sql: 'box3d', arrow: 'utf8', exactness: 'widened', values: ['BOX3D(1 2 3,4 5 6.25)'] },
];
