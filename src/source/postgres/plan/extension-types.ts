import type { LogicalType } from '../../../core/types.js';
import { builtIn, exact, text, type TypeRule } from './rules.js';

const float32: LogicalType = { kind: 'float', bits: 32 };

/** Types of extensions whose binary form is known, by extension and type. */
export const extensionTypes: Readonly<Record<string, TypeRule>> = {
  'hstore.hstore': {
    ...exact({ kind: 'map', key: text, value: text }, 'hstore'),
    parts: [builtIn('key', 'text', text, 'text'), builtIn('value', 'text', text, 'text')],
  },
  'vector.vector': {
    ...exact({ kind: 'list', of: float32 }, 'vector'),
    parts: [builtIn('element', 'real', float32, 'float4')],
  },
  'vector.halfvec': {
    ...exact({ kind: 'list', of: float32 }, 'halfvec', 'floats of 16 bits, as floats of 32'),
    parts: [builtIn('element', 'half', float32, 'float2')],
  },
  'citext.citext': exact(text, 'text', "the database takes 'A' for 'a'; as a key of splits and versions they are two"),
  'ltree.ltree': exact(text, 'versioned'),
  'ltree.lquery': exact(text, 'versioned'),
  'postgis.geometry': exact({ kind: 'binary' }, 'ewkb', 'EWKB, with the SRID in it'),
  'postgis.geography': exact({ kind: 'binary' }, 'ewkb', 'EWKB, with the SRID in it'),
};
