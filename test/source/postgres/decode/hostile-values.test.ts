import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDecoder } from '../../../../src/source/postgres/decode/decoder.js';
import { canonicalColumn } from './canonical.js';
import { type Field, type RandomColumn, randomColumns, rowFrame } from './random-columns.js';
import { arrayField, arrayOf, int32, int4, interval, randomNested, recordOf, typeId } from './random-nested.js';
import { randomScalars } from './random-scalars.js';
import { check, describeColumn, fingerprint } from './random-tables.js';

const lenient = { misfit: 'null', infinity: 'misfit' } as const;
const [multirange, hstore, vector, halfvec] = ['multirange', 'hstore', 'vector', 'halfvec'].map((wire) =>
  randomNested.find((column) => column.wire === wire)!,
) as [RandomColumn, RandomColumn, RandomColumn, RandomColumn];
const scalar = (wire: string): RandomColumn => randomScalars.find((column) => column.wire === wire)!;

/** Decodes one value at a time, of a frame that is right. */
function oneByOne(column: RandomColumn): (bytes: Buffer) => string | null {
  const described = describeColumn(column, 0);
  const decoder = createDecoder([described], lenient);
  return (bytes) => {
    const frame = rowFrame([{ bytes, text: '' }]);
    decoder.add(frame, 0, frame.length);
    return canonicalColumn(decoder.finish(), 0, described.type)[0]!;
  };
}
const decodeOne = (column: RandomColumn, bytes: Buffer): string | null => oneByOne(column)(bytes);

function codeOf(decode: () => unknown): unknown {
  try {
    return decode();
  } catch (error) {
    return (error as { readonly code?: unknown }).code;
  }
}

const refused = expect.objectContaining({ code: 'source.protocol' }) as Error;
const refusedOrChanged = expect.objectContaining({
  code: expect.stringMatching(/^source\.(protocol|changed)$/) as string,
}) as Error;

/** Items of arrays that are made while a value is decoded, those of the decoder itself too. */
function itemsMade(decode: () => void): number {
  const real = { Uint8Array, Int32Array };
  let items = 0;
  const counting = <Kind extends Uint8ArrayConstructor | Int32ArrayConstructor>(kind: Kind): Kind =>
    new Proxy(kind, {
      construct: (target, args: unknown[], asked) => {
        if (typeof args[0] === 'number') items += args[0];
        return Reflect.construct(target, args, asked) as object;
      },
    });
  Object.assign(globalThis, { Uint8Array: counting(Uint8Array), Int32Array: counting(Int32Array) });
  try {
    decode();
  } finally {
    Object.assign(globalThis, real);
  }
  return items;
}

describe('values that claim more than they hold', () => {
  const claims = ['7fffffff', '80000000', 'ffffffff', '20000000', '10000001', '00000800'];
  const header = `00000000${typeId.toString(16)}`;
  it.each(claims)('%s: of elements, dimensions, pairs, ranges, fields, bits', (claim) => {
    const hostile: readonly (readonly [RandomColumn, string])[] = [
      [arrayOf(int4), `${claim}${header}0000000100000001`],
      [arrayOf(int4), `00000001${header}${claim}00000001`],
      [arrayOf(int4), `00000001${header}${claim}00000001ffffffff`],
      [arrayOf(interval), `00000001${header}0000000100000001${claim.replace('ffffffff', 'fffffffe')}`],
      [recordOf(int4), `${claim}${typeId.toString(16)}00000004`],
      [recordOf(int4), `00000001${typeId.toString(16)}${claim.replace('ffffffff', 'fffffffe')}00000000`],
      ...[multirange, hstore].map((column) => [column, `${claim}000000000000000000000000`] as const),
      ...[multirange, hstore].map((column) => [column, `00000001${claim}0000000000000000`] as const),
      ...[vector, halfvec].map((column) => [column, `${claim.slice(0, 4)}00000000`] as const),
      [scalar('bits'), `${claim}00`],
    ];
    for (const [column, hex] of hostile) {
      // Another number of fields is what a type has that was changed meanwhile.
      const expected = column.wire === 'record' ? refusedOrChanged : refused;
      const decode = () =>
        expect(() => decodeOne(column, Buffer.from(hex, 'hex')), `${column.wire} ${hex}`).toThrow(expected);
      expect(itemsMade(decode)).toBeLessThan(1 << 20);
    }
  });

  it('numeric takes no more room than the server can mean', () => {
    const numeric = scalar('numeric');
    // 0 groups of digits; the first one would be the 32,768th before the point; 65,535 and 16,383 digits behind it.
    for (const scale of ['ffff', '4000']) {
      const decode = () =>
        expect(() => decodeOne(numeric, Buffer.from(`00007fff0000${scale}`, 'hex'))).toThrow(refused);
      expect(itemsMade(decode)).toBeLessThan(1 << 20);
    }
    expect(decodeOne(numeric, Buffer.from('00007fff00003fff', 'hex'))).toBe(`0.${'0'.repeat(16_383)}`);
    expect(decodeOne(numeric, Buffer.from('00017fff400000000001', 'hex'))).toBe(`-1${'0000'.repeat(32_767)}`);
    expect(decodeOne(numeric, Buffer.from('0001f001000000040001', 'hex'))).toBe('0.0000');
    expect(() => decodeOne(numeric, Buffer.from('00010000000000002710', 'hex'))).toThrow(refused);
  });
});

describe('every cut of a value', () => {
  /** What is left of these may be another value. */
  const cuttable = (column: RandomColumn) => !['versioned', 'mac'].includes(column.wire);
  it('is refused, and so is a byte more', () => {
    for (const [seed, column] of [...randomNested, ...randomScalars.filter(cuttable)].entries()) {
      const decode = oneByOne(column);
      for (const { bytes } of fc.sample(column.field, { numRuns: 3, seed })) {
        const longer = Buffer.concat([bytes, Buffer.of(0)]);
        for (let length = 0; length <= longer.length; length++) {
          if (length === bytes.length) continue;
          const code = codeOf(() => decode(longer.subarray(0, length)));
          if (code !== 'source.protocol') throw new Error(`${column.wire}, cut to ${length} bytes: ${String(code)}`);
        }
      }
    }
  });
});

describe('values of more parts than a block has', () => {
  /** Values in one that is as long as the other counts. */
  const many = (count: number, column: RandomColumn): readonly Field[] => {
    const some = fc.sample(column.field, { numRuns: 31, seed: count });
    return Array.from({ length: count }, (_, i) => some[i % 31]!);
  };

  const elements = [...randomColumns, ...randomScalars, ...randomNested.filter(({ wire }) => wire !== 'array')];
  it.each([2048, 4097])('%i of each element type', (count) => {
    for (const element of elements) {
      const long = arrayField([null, ...many(count - 2, element), null]);
      const rows = [long, arrayField([]), null, arrayField(many(2, element)), long].map((field) => [field]);
      const sample = { columns: [describeColumn(arrayOf(element), 0)], rows };
      const decoder = createDecoder(sample.columns, lenient);
      const frames = rows.map(rowFrame);
      const together = Buffer.concat(frames);
      decoder.add(together, 0, together.length);
      const batch = decoder.finish();
      check(batch, sample);
      const expected = fingerprint(batch);
      for (const frame of frames) decoder.add(frame, 0, frame.length);
      expect(fingerprint(decoder.finish())).toBe(expected);
    }
  });

  it('pairs, ranges and floats', () => {
    const part = (column: RandomColumn, count: number): Field => {
      const fields = Array.from({ length: count }, (_, i) => fc.sample(column.field, { numRuns: 1, seed: i })[0]!);
      const header = column.wire.endsWith('vec') || column.wire === 'vector' ? 2 : 4;
      const bodies = fields.map(({ bytes }) => bytes.subarray(4));
      const total = fields.reduce((sum, { text }) => sum + (JSON.parse(text) as unknown[]).length, 0);
      const claimed = header === 4 ? int32(total) : Buffer.concat([int32(total).subarray(2), Buffer.alloc(2)]);
      const text = JSON.stringify(fields.flatMap((field) => JSON.parse(field.text) as unknown[]));
      return { bytes: Buffer.concat([claimed, ...bodies]), text };
    };
    for (const column of [multirange, hstore, vector, halfvec]) {
      const long = part(column, 3000);
      const rows = [long, null, part(column, 0), long].map((field) => [field]);
      const sample = { columns: [describeColumn(column, 0)], rows };
      const decoder = createDecoder(sample.columns, lenient);
      const frames = Buffer.concat(rows.map(rowFrame));
      for (let round = 0; round < 2; round++) {
        decoder.add(frames, 0, frames.length);
        check(decoder.finish(), sample);
      }
    }
  });
});
