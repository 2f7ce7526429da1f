// DuckDB macros of what its types need. For `generate` of the admin API:
// - sf_ntz9(micros), sf_ltz9(micros), sf_tz9(micros, offset in minutes), sf_time9(micros of the day), and so for each scale from 0 to 9;
//   the same of nanoseconds: sf_ntz9n(nanos) and so on;
// - sf_variant(json text), sf_object, sf_array, sf_map, sf_geography, sf_geometry, sf_decfloat, each of a text.
// An offset is an interval of that many months less 30 days for each, so that DuckDB, to which a month has 30 days, finds all offsets equal: instants
// compare without their offsets, as Snowflake's do.

const digits = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
const unit = (scale) => `1${'0'.repeat(9 - scale)}`;
// Rounded down, also before 1970.
const cut = (n, scale) =>
  scale === 9 ? `(${n})::HUGEINT` : `((${n})::HUGEINT - sf_mod((${n})::HUGEINT, ${unit(scale)}))`;

function ofKind(kind, scale) {
  const name = `sf_${kind}${scale}`;
  if (kind === 'time')
    return [
      `${name}n(n) as struct_pack(t := ${cut('n', scale)}, time${scale} := null::BOOLEAN)`,
      `${name}(m) as ${name}n(m * 1000)`,
    ];
  const struct = (o) => `struct_pack(t := ${cut('n', scale)}, o := ${o}, ${kind}${scale} := null::BOOLEAN)`;
  if (kind !== 'tz')
    return [
      `${name}n(n) as case when n is not null then ${struct(`INTERVAL 0 MONTH`)} end`,
      `${name}(m) as ${name}n(m::HUGEINT * 1000)`,
    ];
  return [
    `${name}n(n, m) as case when n is not null then ${struct('sf_offset(m)')} end`,
    `${name}(m, o) as ${name}n(m::HUGEINT * 1000, o)`,
  ];
}

// An operand is written twice in a cast, not once for each time that it is needed: DuckDB's macros copy their text.
const once = (sql) => `list_transform([{t: typeof(x), v: x::VARCHAR}], lambda p: ${sql})[1]`;
const casts = (scale) => [
  `sf_as_ntz${scale}(x) as ${once(`sf_ntz${scale}n(sf_wall(p.t, p.v))`)}`,
  `sf_as_ltz${scale}(x) as ${once(`sf_ltz${scale}n(sf_nanos(p.t, p.v))`)}`,
  `sf_as_tz${scale}(x) as ${once(`sf_tz${scale}n(sf_nanos(p.t, p.v), coalesce(sf_offset_of(p.t, p.v), 0))`)}`,
  `sf_as_time${scale}(x) as ${once(`case when p.v is not null then sf_time${scale}n(sf_clock(p.t, p.v)) end`)}`,
];

const texts = ['variant', 'object', 'array', 'map', 'geography', 'geometry', 'decfloat'];

// A struct's text is {'t': 5, 'o': 00:00:00, 'ntz9': NULL}; macros know a value's type by typeof and read it from its text, as they are bound for all.
export const macros = [
  `sf_mod(n, u) as ((n % u) + u) % u`,
  `sf_offset(m) as to_months((m)::INTEGER) - to_days((m)::INTEGER * 30)`,
  `sf_minutes(o) as datepart('year', o) * 12 + datepart('month', o)`,
  `sf_real(x) as case when isnan(x) then 'NaN' else regexp_replace(x::VARCHAR, '\\.0$', '') end`,
  `sf_text_nanos(v) as epoch_us(regexp_extract(v, '^\\d{4}-\\d\\d-\\d\\d([ T]\\d\\d:\\d\\d(:\\d\\d)?)?')::TIMESTAMP)::HUGEINT * 1000
    + rpad(regexp_extract(v, '\\.(\\d{1,9})', 1), 9, '0')::BIGINT`,
  `sf_text_offset(v) as case when regexp_matches(v, ':\\d\\d.*[+-]\\d\\d:?\\d\\d$') then
    (regexp_extract(v, '([+-])\\d\\d:?\\d\\d$', 1) || '1')::INTEGER * (regexp_extract(v, '(\\d\\d):?\\d\\d$', 1)::INTEGER * 60 + right(v, 2)::INTEGER) end`,
  `sf_number_nanos(v) as case when abs(v::DECIMAL(38,9)) < 31536000000 then (v::DECIMAL(38,9)::VARCHAR).replace('.', '')::HUGEINT
    when abs(v::DECIMAL(38,9)) < 31536000000000 then v::HUGEINT * 1000000 when abs(v::DECIMAL(38,9)) < 31536000000000000 then v::HUGEINT * 1000 else v::HUGEINT end`,
  `sf_struct_t(v) as regexp_extract(v, '''?t''?: (-?\\d+)', 1)::HUGEINT`,
  // In a struct's text the offset is such as 27 years 6 months -9900 days: its days say it too.
  `sf_struct_offset(v) as coalesce(try_cast(regexp_extract(v, '(-?\\d+) days?', 1) as INTEGER), 0) // -30`,
  `sf_nanos(t, v) as case when t like 'STRUCT%HUGEINT%' then sf_struct_t(v) when t = 'VARCHAR' and not regexp_matches(v, '^-?\\d+$') then sf_text_nanos(v) - coalesce(sf_text_offset(v), 0) * 60000000000::HUGEINT
    when t = 'DATE' then sf_text_nanos(v) else sf_number_nanos(v) end`,
  `sf_offset_of(t, v) as case when t like 'STRUCT%INTERVAL%' then sf_struct_offset(v) when t = 'VARCHAR' then sf_text_offset(v) end`,
  `sf_wall(t, v) as case when t = 'VARCHAR' and not regexp_matches(v, '^-?\\d+$') then sf_text_nanos(v) else sf_nanos(t, v) + coalesce(sf_offset_of(t, v), 0) * 60000000000::HUGEINT end`,
  `sf_clock(t, v) as case when t = 'VARCHAR' then epoch_us(('1970-01-01 ' || regexp_extract(v, '\\d\\d:\\d\\d(:\\d\\d)?'))::TIMESTAMP)::HUGEINT * 1000 + rpad(regexp_extract(v, '\\.(\\d{1,9})', 1), 9, '0')::BIGINT
    else sf_mod(sf_wall(t, v), 86400000000000) end`,
  `sf_day(w) as make_timestamp(((w - sf_mod(w, 1000)) // 1000)::BIGINT)`,
  `sf_as_date(x) as ${once(`case when p.t like 'STRUCT%HUGEINT%' then sf_day(sf_wall(p.t, p.v))::DATE else left(p.v, 10)::DATE end`)}`,
  `sf_two(n) as lpad(n::VARCHAR, 2, '0')`,
  `sf_zone(o, sign, middle) as (case when o < 0 then '-' else sign end) || sf_two(abs(o) // 60) || middle || sf_two(abs(o) % 60)`,
  `sf_format_at(w, o, f) as replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(f, '"', ''),
    'YYYY', lpad(year(sf_day(w))::VARCHAR, 4, '0')), 'MM', sf_two(month(sf_day(w)))), 'DD', sf_two(day(sf_day(w)))), 'HH24', sf_two(hour(sf_day(w)))),
    'MI', sf_two(minute(sf_day(w)))), 'SS', sf_two(floor(second(sf_day(w)))::INTEGER)), 'FF9', lpad(sf_mod(w, 1000000000)::VARCHAR, 9, '0')),
    'FF6', left(lpad(sf_mod(w, 1000000000)::VARCHAR, 9, '0'), 6)), 'FF3', left(lpad(sf_mod(w, 1000000000)::VARCHAR, 9, '0'), 3)), 'FF0', ''),
    'FF', lpad(sf_mod(w, 1000000000)::VARCHAR, 9, '0')), 'TZH', case when o < 0 then '-' else '+' end || sf_two(abs(o) // 60)), 'TZM', sf_two(abs(o) % 60))`,
  `sf_format_of(t, v, f) as list_transform([{w: sf_wall(t, v), o: coalesce(sf_offset_of(t, v), 0), f: f}], lambda q: sf_format_at(q.w, q.o, q.f))[1]`,
  // The usual formats by numbers of 64 bits: a million rows of the other way, through the struct's text, take half a minute.
  `sf_quick_at(s, r, m, f) as
    substr(left(make_timestamp((s + m * 60 + case when r < 0 then -1 when r >= 1000000000 then 1 else 0 end) * 1000000)::VARCHAR, 19), case when f like 'Y%' then 1 else 12 end)
    || '.' || lpad((case when r < 0 then r + 1000000000 when r >= 1000000000 then r - 1000000000 else r end)::VARCHAR, 9, '0')
    || case when f like '%TZH%' then ' ' || sf_zone(m, '+', case when f like '%:TZM' then ':' else '' end) else '' end`,
  // The seconds by a division that may be one off, which the rest then tells.
  `sf_quick(x, f) as list_transform(list_transform([try_cast(x as STRUCT(t HUGEINT, o INTERVAL))],
    lambda p: {n: p.t, s: floor(p.t::DOUBLE / 1000000000)::BIGINT, m: coalesce(sf_minutes(p.o), 0)}),
    lambda q: sf_quick_at(q.s, (q.n - q.s::HUGEINT * 1000000000)::BIGINT, q.m, f))[1]`,
  `sf_is_quick(t, f) as t like 'STRUCT%HUGEINT%' and f in ('YYYY-MM-DD HH24:MI:SS.FF9', 'YYYY-MM-DD HH24:MI:SS.FF9 TZHTZM', 'YYYY-MM-DD HH24:MI:SS.FF9 TZH:TZM', 'HH24:MI:SS.FF9')`,
  `sf_format(x, f) as case when sf_is_quick(typeof(x), f) then sf_quick(x, f) else list_transform([{t: typeof(x), v: x::VARCHAR}], lambda p:
    case when p.t = 'BLOB' then hex(try_cast(p.v as BLOB)) else sf_format_of(p.t, p.v, f) end)[1] end`,
  `sf_raw(x) as to_json(x)->>('$."' || coalesce(nullif(regexp_extract(typeof(x), '\\("?([^"]+?)"? VARCHAR\\)', 1), ''), 'x') || '"')`,
  `sf_struct_text(t, v, j) as case when t like '%HUGEINT%' then sf_format_of(t, v, case when t not like '%INTERVAL%' then 'HH24:MI:SS'
    when regexp_matches(t, '\\W("?)(tz|ltz)\\d') then 'YYYY-MM-DD HH24:MI:SS.FF3 TZHTZM' else 'YYYY-MM-DD HH24:MI:SS.FF3' end)
    when t like 'STRUCT%variant%' then json_extract_string(j, '$') else j end`,
  `sf_text(x) as case when typeof(x) like 'STRUCT%' then list_transform([{t: typeof(x), v: x::VARCHAR, j: sf_raw(x)}], lambda p: sf_struct_text(p.t, p.v, p.j))[1]
    when typeof(x) = 'BLOB' then hex(try_cast(x::VARCHAR as BLOB)) when typeof(x) = 'DOUBLE' then case when isnan(try_cast(x::VARCHAR as DOUBLE)) then 'NaN' else regexp_replace(x::VARCHAR, '\\.0$', '') end
    else x::VARCHAR end`,
  `sf_json(x) as case when typeof(x) like 'STRUCT%VARCHAR%' then sf_raw(x) when typeof(x) = 'VARCHAR' or typeof(x) like 'STRUCT%' then to_json(sf_text(x))::VARCHAR else sf_text(x) end`,
  // JSON without spaces outside of its texts, whatever else DuckDB would make of its numbers.
  `sf_compact(j) as case when regexp_matches(j, '\\s') then regexp_replace(j, '("(?:[^"\\\\]|\\\\.)*")|\\s+', '\\1', 'g') else j end`,
  ...['ntz', 'ltz', 'tz', 'time'].flatMap((kind) => digits.flatMap((scale) => ofKind(kind, scale))),
  ...digits.flatMap(casts),
  ...texts.map((one) => `sf_${one}(x) as case when x is not null then struct_pack("${one}" := x::VARCHAR) end`),
];
