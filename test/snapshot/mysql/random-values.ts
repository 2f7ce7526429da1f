import fc from 'fast-check';

const seed = 20260101;
const sample = (arbitrary: fc.Arbitrary<string>): string[] => fc.sample(arbitrary, { numRuns: 600, seed });
const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;

const integers = (low: bigint, high: bigint): string[] => sample(fc.bigInt({ min: low, max: high }).map(String));
const signed = (bits: bigint): string[] => integers(-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n);
const unsigned = (bits: bigint): string[] => integers(0n, 2n ** bits - 1n);

const twoDigits = (min: number, max: number) =>
  fc.integer({ min, max }).map((value) => value.toString().padStart(2, '0'));
const clock = fc
  .tuple(twoDigits(0, 23), twoDigits(0, 59), twoDigits(0, 59), fc.option(fc.integer({ min: 0, max: 999_999 })))
  .map(([hour, minute, second, micro]) => {
    const fraction = micro === null ? '' : `.${micro.toString().padStart(6, '0')}`;
    return `${hour}:${minute}:${second}${fraction}`;
  });
const date = (from: number, to: number) =>
  fc
    .tuple(fc.integer({ min: from, max: to }), twoDigits(1, 12), twoDigits(1, 28))
    .map(([year, month, day]) => `${year.toString().padStart(4, '0')}-${month}-${day}`);
const moments = (from: number, to: number): string[] =>
  sample(
    fc.oneof(
      date(from, to).map(quote),
      fc.tuple(date(from, to), clock).map(([day, time]) => quote(`${day} ${time}`)),
    ),
  );
const decimals = (precision: number, scale: number): string[] =>
  sample(
    fc.bigInt({ min: -(10n ** BigInt(precision)) + 1n, max: 10n ** BigInt(precision) - 1n }).chain((whole) =>
      // Small ones too: uniform numbers nearly all have all digits.
      fc.integer({ min: 0, max: precision - 1 }).map((fewer) => {
        const value = whole / 10n ** BigInt(fewer);
        const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0');
        const point = digits.length - scale;
        return `${value < 0n ? '-' : ''}${digits.slice(0, point)}${scale > 0 ? `.${digits.slice(point)}` : ''}`;
      }),
    ),
  );
const bits = (count: number): string[] =>
  sample(fc.bigInt({ min: 0n, max: 2n ** BigInt(count) - 1n }).map((value) => `b'${value.toString(2)}'`));
const hex = (maxLength: number): string[] =>
  sample(fc.uint8Array({ maxLength }).map((bytes) => `x'${Buffer.from(bytes).toString('hex')}'`));
const text = (maxLength: number): string[] =>
  // A surrogate that stands alone is no text in UTF-8.
  sample(fc.string({ unit: 'binary', maxLength }).map((value) => quote(value.replaceAll('\0', ''))));
const coordinate = fc.double({ min: -1e9, max: 1e9, noNaN: true }).map((value) => value.toExponential());
const coordinates = fc.tuple(coordinate, coordinate).map(([x, y]) => `Point(${x}, ${y})`);

/** Random values as SQL writes them, by the column's type on the server; the same ones in every run. */
export const randomValues: Readonly<Record<string, readonly string[]>> = {
  tinyint: signed(8n),
  'tinyint(1)': signed(8n),
  'tinyint unsigned': unsigned(8n),
  smallint: signed(16n),
  'smallint unsigned': unsigned(16n),
  mediumint: signed(24n),
  'mediumint unsigned': unsigned(24n),
  int: signed(32n),
  'int unsigned': unsigned(32n),
  'int(10) zerofill': unsigned(32n),
  bigint: signed(64n),
  'bigint unsigned': unsigned(64n),
  float: sample(fc.float({ noNaN: true, noDefaultInfinity: true }).map((value) => value.toExponential())),
  double: sample(fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value.toExponential())),
  'decimal(15,2)': decimals(15, 2),
  'decimal(16,2)': decimals(16, 2),
  'decimal(5,5)': decimals(5, 5),
  'decimal(38,10)': decimals(38, 10),
  'decimal(39,1)': decimals(39, 1),
  'decimal(65,30)': decimals(65, 30),
  'bit(17)': bits(17),
  'bit(63)': bits(63),
  'bit(64)': bits(64),
  date: sample(date(1, 9999).map(quote)),
  datetime: moments(1, 9998),
  'datetime(3)': moments(1, 9998),
  'datetime(6)': moments(1, 9998),
  'timestamp NULL': moments(1971, 2037),
  'timestamp(6) NULL': moments(1971, 2037),
  time: sample(clock.map((value) => quote(value.slice(0, 8)))),
  'time(6)': sample(clock.map(quote)),
  'varchar(1000)': text(40),
  'varchar(100) character set utf16': text(40),
  tinytext: text(20),
  text: text(40),
  mediumtext: text(40),
  longtext: text(300),
  json: sample(fc.jsonValue({ maxDepth: 3 }).map((value) => quote(JSON.stringify(value)))),
  'varbinary(300)': hex(300),
  tinyblob: hex(40),
  blob: hex(40),
  mediumblob: hex(40),
  longblob: hex(300),
  geometry: sample(
    fc.array(coordinates, { minLength: 2, maxLength: 6 }).map((points) => `LineString(${points.join(', ')})`),
  ),
  point: sample(coordinates),
  uuid: sample(fc.uuid().map(quote)),
};
