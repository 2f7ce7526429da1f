import * as canonical from '../../readers/canonical.js';
import { canonicalOfServer } from './canonical-of-server.js';

/** How a nested value is made of others, down to single ones, which are named by their Arrow type. */
export type Shape =
  | string
  | { readonly elements: Shape; readonly from?: 'multirange' | 'vector' }
  | {
      readonly fields: readonly {
        readonly name: string;
        readonly sql: (value: string) => string;
        readonly of: Shape;
      }[];
    }
  | { readonly map: 'hstore' };

/** A field of a composite. */
export const field = (name: string, of: Shape) => ({
  name,
  sql: (value: string) => `(${value})."${name.replaceAll('"', '""')}"`,
  of,
});

const call = (name: string, of: Shape) => ({ name, sql: (value: string) => `${name}(${value})`, of });

/** A range by the functions that the server has for its parts. */
export const rangeShape = (bound: Shape): Shape => ({
  fields: [
    call('lower', bound),
    call('upper', bound),
    call('lower_inc', 'bool'),
    call('upper_inc', 'bool'),
    { name: 'empty', sql: (value) => `isempty(${value})`, of: 'bool' },
  ],
});

const extracted = (name: string, sql: string) => ({
  name,
  sql: (value: string) => `(${sql.replaceAll('$', value)})::numeric(40,0)`,
  of: 'int64',
});

export const intervalShape: Shape = {
  fields: [
    extracted('months', 'extract(year FROM $) * 12 + extract(month FROM $)'),
    extracted('days', 'extract(day FROM $)'),
    extracted(
      'microseconds',
      'extract(hour FROM $) * 3600000000 + extract(minute FROM $) * 60000000 + extract(microseconds FROM $)',
    ),
  ],
};

/**
 * An expression for JSON of the shape, in which every single value is the server's own text of it.
 * @param depth how many lists it is in: each counts its elements under a name of its own
 */
export function asJson(value: string, shape: Shape, depth = 0): string {
  const present = (json: string): string => `CASE WHEN num_nulls(${value}) = 0 THEN ${json} END`;
  if (typeof shape === 'string')
    return present(`to_json(format('%s', ${shape === 'float32' ? `(${value})::float8` : value}))`);
  if ('map' in shape) return present(`hstore_to_json(${value})`);
  if ('fields' in shape) {
    const fields = shape.fields.map(
      ({ name, sql, of }) => `'${name.replaceAll("'", "''")}', ${asJson(sql(value), of, depth)}`,
    );
    return present(`json_build_object(${fields.join(', ')})`);
  }
  const array = shape.from === 'vector' ? `(${value})::real[]` : value;
  const [element, index] = [`e${depth}`, `i${depth}`];
  const [item, source] =
    shape.from === 'multirange'
      ? [element, `unnest(${array}) WITH ORDINALITY u(${element}, ${index})`]
      : [`(${array})[${index}]`, `generate_subscripts(${array}, 1) ${index}`];
  const json = asJson(item, shape.elements, depth + 1);
  return present(`(SELECT coalesce(json_agg(${json} ORDER BY ${index}), '[]') FROM ${source})`);
}

type Json = string | null | readonly Json[] | { readonly [name: string]: Json };

/** That JSON, in the form in which readers' values are compared. */
export function canonicalOfJson(value: Json, shape: Shape): string | null {
  if (value === null) return null;
  if (typeof shape === 'string') return canonicalOfServer(shape, value as string);
  const inside = (part: Json, of: Shape): string =>
    canonical.inner(canonicalOfJson(part, of), of === 'utf8' || of === 'json');
  if ('map' in shape) {
    const entries = Object.entries(value as Record<string, Json>);
    return canonical.mapText(entries.map(([key, of]) => [inside(key, 'utf8'), inside(of, 'utf8')]));
  }
  if ('elements' in shape)
    return canonical.listText((value as readonly Json[]).map((item) => inside(item, shape.elements)));
  const fields = value as Record<string, Json>;
  return canonical.structText(shape.fields.map(({ name, of }) => [name, inside(fields[name]!, of)]));
}
