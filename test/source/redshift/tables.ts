/** A row of every type with awkward values, one with ordinary ones, and one of NULLs but for one. */
export const everyType = `
  CREATE TABLE every_type (
    id bigint NOT NULL, small smallint, whole integer, price numeric(38,10), exact numeric(18,2), half real, ratio double precision,
    flag boolean, word varchar(200), fixed char(6), day date, clock time, zoned_clock timetz, civil timestamp, at timestamptz,
    doc super, raw varbyte, place geometry, spot geography, sketch hllsketch, months intervaly2m, spans intervald2s, "Mixed ""Case" varchar(20)
  );
  INSERT INTO every_type VALUES
    (9223372036854775807, -32768, -2147483648, '-9999999999999999999999999999.9999999999', '-0.01', '-3.4028235e38', '-0.1',
     true, E'Ünï "x"\\n\\\\ \\x01😀', 'ab', '0001-01-01', '23:59:59.999999', '23:59:59.999999+05:30', '9999-12-31 23:59:59.999999',
     '0001-01-01 00:00:00.000001+00', '{"a":9007199254740993,"b":[1,null]}', '00ff', '0101000000', '0101000020', '{"version":1}',
     '1-2', '3 04:05:06.789', 'quoted'),
    (-9223372036854775808, 0, 0, '0.1', '9999999999999999.99', '1.5', 'NaN', false, 'NULL', '', '9999-12-31', '00:00:00',
     '00:00:00-08', '1969-12-31 23:59:59.5', '9999-12-31 23:59:59.999999+00', 'null', '', '', '', '', '0-0', '0', ''),
    (0, ${Array.from({ length: 22 }, () => 'NULL').join(', ')});
`;

/** So many rows of plain types. */
export const orders = (rows: number): string => `
  CREATE TABLE orders (id bigint, customer varchar(40), price numeric(12,3), paid boolean, at timestamp);
  INSERT INTO orders SELECT i, 'customer ' || i % 977, (i % 1000) / 8.0, CASE WHEN i % 5 > 0 THEN i % 3 = 0 END,
    timestamp '2024-01-01' + i * interval '1 second' FROM generate_series(0, ${rows - 1}) i;
  ANALYZE orders;
`;
