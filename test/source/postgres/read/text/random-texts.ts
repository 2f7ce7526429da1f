import fc from 'fast-check';

const seed = 20260101;
const sample = <T>(arbitrary: fc.Arbitrary<T>): T[] => fc.sample(arbitrary, { numRuns: 2000, seed });
const digits = (max: number) =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: max }).map((list) => list.join(''));
const twoDigits = (min: number, max: number) =>
  fc.integer({ min, max }).map((value) => value.toString().padStart(2, '0'));

const date = fc
  .tuple(
    fc.oneof(fc.integer({ min: 1, max: 4713 }), fc.integer({ min: 1, max: 294_246 })),
    twoDigits(1, 12),
    twoDigits(1, 28),
    fc.boolean(),
  )
  .map(([year, month, day, bc]) => ({
    text: `${year.toString().padStart(4, '0')}-${month}-${day}`,
    era: bc && year < 4713 ? ' BC' : '',
  }));
const time = fc
  .tuple(twoDigits(0, 23), twoDigits(0, 59), twoDigits(0, 59), fc.integer({ min: 0, max: 999_999 }))
  .map(([hour, minute, second, micro]) => `${hour}:${minute}:${second}.${micro.toString().padStart(6, '0')}`);

/** Random values as texts that the server reads, by wire key; the same ones in every run. */
export const randomTexts = {
  int8: sample(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })).map(String),
  float4: sample(fc.float()).map((value) => (Object.is(value, -0) ? '-0' : String(value))),
  float8: sample(fc.double()).map((value) => (Object.is(value, -0) ? '-0' : String(value))),
  numeric: sample(fc.tuple(fc.boolean(), digits(45), fc.option(digits(45)))).map(
    ([minus, integer, fraction]) => `${minus ? '-' : ''}${integer}${fraction === null ? '' : `.${fraction}`}`,
  ),
  date: sample(date).map(({ text, era }) => text + era),
  time: sample(time),
  timestamp: sample(fc.tuple(date, time)).map(([{ text, era }, clock]) => `${text} ${clock}${era}`),
  timestamptz: sample(fc.tuple(date, time)).map(([{ text, era }, clock]) => `${text} ${clock}+00${era}`),
  uuid: sample(fc.uuid()),
  bytea: sample(fc.uint8Array({ maxLength: 40 })).map((bytes) => `\\x${Buffer.from(bytes).toString('hex')}`),
  text: sample(fc.string({ unit: 'binary', maxLength: 40 })).map((text) => text.replaceAll('\0', '')),
} satisfies Readonly<Record<string, readonly string[]>>;
