import { field, intervalShape, rangeShape, type Shape } from './shapes.js';
import type { Specimen } from './specimens.js';

interface Form {
  readonly arrow: string;
  readonly shape: Shape;
  readonly exactness?: 'widened';
}

const nested = (name: string, sql: string, form: Form, values: readonly string[], since?: number): Specimen => ({
  name,
  sql,
  ...form,
  values,
  ...(since !== undefined && { since }),
});

const list = (arrow: string, exactness?: 'widened'): Form => ({
  arrow: `list<${arrow}>`,
  shape: { elements: arrow },
  ...(exactness && { exactness }),
});

const range = (bound: string, exactness?: 'widened'): Form => ({
  arrow: `struct<lower: ${bound}, upper: ${bound}, lower_inc: bool, upper_inc: bool, empty: bool>`,
  shape: rangeShape(bound),
  ...(exactness && { exactness }),
});

const multirange = (bound: string): Form => ({
  arrow: `list<${range(bound).arrow}>`,
  shape: { elements: rangeShape(bound), from: 'multirange' },
});

const pair: Form = {
  arrow: 'struct<a: int32, "b c": utf8>',
  shape: { fields: [field('a', 'int32'), field('b c', 'utf8')] },
};
const interval: Form = { arrow: 'struct<months: int32, days: int32, microseconds: int64>', shape: intervalShape };

const arrays: readonly Specimen[] = [
  nested('a_int', 'int[]', list('int32'), ['{}', '{NULL}', '{1,NULL,-2147483648}', '{2147483647}']),
  nested('a_big', 'bigint[]', list('int64'), ['{9007199254740993,-9223372036854775808,NULL}']),
  nested('a_small', 'smallint[]', list('int16'), ['{-32768,32767,NULL,0}']),
  nested('a_text', 'text[]', list('utf8'), ['{}', '{"",NULL,"NULL"}', '{"a b","c\\"d","e\\\\f",🦆,"{}"}']),
  nested('a_bool', 'boolean[]', list('bool'), ['{t,f,NULL,t,t,t,t,t,t,f}', '{f}']),
  nested('a_num', 'numeric(10,2)[]', list('decimal128(10,2)'), ['{1.5,NULL,-99999999.99}']),
  nested('a_nums', 'numeric[]', list('utf8', 'widened'), [
    ...['{0,-0.0,1.500,NaN,NULL}', '{1e-130,1e130}', `{${'9'.repeat(40)}.${'9'.repeat(40)},0.0001,10000,-0.00000001}`],
  ]),
  nested('a_float', 'float8[]', list('float64'), ['{0.1,-0,NaN,Infinity,5e-324}']),
  nested('a_real', 'real[]', list('float32'), ['{0.1,-0,NaN,NULL,-Infinity,1e-45}']),
  nested('a_date', 'date[]', list('date32'), ['{2024-02-29,0001-01-01,NULL}']),
  nested('a_time', 'time[]', list('time64[us]'), ['{23:59:59.999999,NULL,00:00}']),
  nested('a_ts', 'timestamp[]', list('timestamp[us]'), ['{"2024-02-29 12:34:56.789012"}', '{}']),
  nested('a_tz', 'timestamptz[]', list('timestamp[us, UTC]'), ['{"2024-02-29 12:34:56.789012+02",NULL}']),
  nested('a_bytes', 'bytea[]', list('binary'), ['{"\\\\x00ff","\\\\x"}']),
  nested('a_uuid', 'uuid[]', list('uuid'), ['{01234567-89ab-cdef-0123-456789abcdef,NULL}']),
  nested('a_json', 'jsonb[]', list('json'), ['{"{\\"a\\": [1, 123456789012345678901234567890.5]}","null",NULL}']),
  nested('a_mood', 'mood[]', list('utf8'), ['{sad,"so so",""}']),
  nested('a_euro', 'euro[]', list('decimal128(10,2)'), ['{1.50,2.00}']),
  nested('a_char', 'char(3)[]', list('utf8'), ['{a,"b "}']),
  nested('a_ip', 'inet[]', list('utf8', 'widened'), ['{10.0.0.1,::1,NULL}']),
  nested('a_ttz', 'timetz[]', list('utf8', 'widened'), ['{12:00+01:00,24:00-15:59}']),
  nested('a_bits', 'varbit[]', list('utf8', 'widened'), ['{"",0101,NULL}']),
  nested('dom_arr', 'label[]', list('utf8'), ['{"",NULL,x}']),
  nested('dom_of_arr', 'labels', list('utf8'), ['{"",NULL,x}', '{}']),
  nested('a_iv', 'interval[]', { arrow: `list<${interval.arrow}>`, shape: { elements: intervalShape } }, [
    '{1 mon,NULL,-1 day}',
  ]),
  nested('a_long', 'int[]', list('int32'), [`{${Array.from({ length: 9000 }, (_, i) => i * 7).join(',')}}`, '{5}']),
  nested('a_texts', 'text[]', list('utf8'), [
    `{${Array.from({ length: 5000 }, (_, i) => (i % 7 === 0 ? 'NULL' : `t${i}`)).join(',')}}`,
  ]),
];

const composites: readonly Specimen[] = [
  nested('c_pair', 'pair', pair, ['(1,x)', '(,)', '(,"")', '(-1,"a ""b"" (c), \\\\")']),
  nested('c_dom', 'pairs', pair, ['(1,x)', '(-4,)']),
  nested('a_pair', 'pair[]', { arrow: `list<${pair.arrow}>`, shape: { elements: pair.shape } }, [
    '{"(1,x)",NULL,"(,)"}',
    '{}',
  ]),
  nested(
    'c_nested',
    'nested',
    {
      arrow: `struct<p: ${pair.arrow}, list: list<${pair.arrow}>>`,
      shape: { fields: [field('p', pair.shape), field('list', { elements: pair.shape })] },
    },
    ['("(1,x)","{""(2,\\\\""y z\\\\"")"",NULL}")', '(,)', '("(,)",{})'],
  ),
  nested(
    'c_kept',
    'kept',
    {
      arrow: 'struct<n: decimal128(6,2), kept: timestamp[us, UTC], f: float32, nn: utf8, later: uuid>',
      exactness: 'widened',
      shape: {
        fields: [
          field('n', 'decimal128(6,2)'),
          field('kept', 'timestamp[us, UTC]'),
          field('f', 'float32'),
          field('nn', 'utf8'),
          field('later', 'uuid'),
        ],
      },
    },
    ['(1.5,"2024-01-01 00:00:00+01",0.1,1.5000,01234567-89ab-cdef-0123-456789abcdef)', '(,,,,)'],
  ),
];

const ranges: readonly Specimen[] = [
  nested('r_int', 'int4range', range('int32'), ['empty', '[1,5)', '(,)', '[,3]', '(2147483646,)']),
  nested('r_big', 'int8range', range('int64'), ['[-9223372036854775808,9223372036854775807)']),
  nested('r_num', 'numrange', range('utf8', 'widened'), ['[0.10,1e30)', '(,0]', 'empty']),
  nested('r_ts', 'tsrange', range('timestamp[us]'), ['["2024-01-01 00:00:00","2024-01-02 00:00:00.000001"]']),
  nested('r_tz', 'tstzrange', range('timestamp[us, UTC]'), ['["2024-01-01 00:00:00+01",)', '(,)']),
  nested('r_date', 'daterange', range('date32'), ['[2024-01-01,2024-02-01)']),
  nested('r_own', 'floatrange', range('float64'), ['[0.1,0.3)', '(0.1,0.3]']),
  nested(
    'a_range',
    'int4range[]',
    { arrow: `list<${range('int32').arrow}>`, shape: { elements: rangeShape('int32') } },
    ['{"[1,3)",empty,NULL}'],
  ),
  nested('m_int', 'int4multirange', multirange('int32'), ['{}', '{[1,2),[5,6)}', '{(,)}']),
  nested('m_date', 'datemultirange', multirange('date32'), ['{[2024-01-01,2024-02-01)}']),
];

const others: readonly Specimen[] = [
  nested('iv', 'interval', interval, [
    ...['0', '1 mon 2 days 03:00:00.5', '-1 day', '178000000 years', '-178000000 years', '1 day -00:00:00.000001'],
    ...['2147483647:59:59.999999', '-1 year +2 days', '25 hours', '1 year 2 mons -40 days 100:00:00'],
  ]),
  nested('iv_ym', 'interval year to month', interval, ['3 years 7 mons']),
  nested('hs', 'hstore', { arrow: 'map<utf8, utf8>', shape: { map: 'hstore' } }, [
    '',
    'a=>1, "b c"=>NULL, "d"=>"e\\"f"',
  ]),
];

/** Types whose values are made of others. */
export const nestedTypes: readonly Specimen[] = [...arrays, ...composites, ...ranges, ...others];
