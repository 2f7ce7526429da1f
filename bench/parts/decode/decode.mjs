// Decoding PostgreSQL's frames into record batches: CPU seconds per million rows. `npm run build`, then
// `node bench/parts/decode/decode.mjs [lineitem|types]`. Row groups of 131,072 rows, handed over in pieces as a socket would.
import { createDecoder } from '../../../dist/source/postgres/decode/decoder.js';
import { columnOf, frames, lineitem, random, wire } from './frames.mjs';

const rowGroup = 131_072;
const policy = { misfit: 'fail', infinity: 'misfit' };

/** Positions where a piece of about `size` bytes of whole frames ends. */
function pieces(bytes, size) {
  const ends = [];
  for (let at = 0, last = 0; at < bytes.length;) {
    at += 1 + bytes.readInt32BE(at + 1);
    if (at - last >= size || at === bytes.length) ends.push((last = at));
  }
  return ends;
}

function measure(label, generators, rows = rowGroup, rounds = 12) {
  const bytes = frames(generators, rows);
  const ends = pieces(bytes, 256 << 10);
  const decoder = createDecoder(
    generators.map(([column]) => column),
    policy,
  );
  const seconds = [];
  for (let round = 0; round < rounds; round++) {
    const before = process.cpuUsage();
    let start = 0;
    for (const end of ends) {
      decoder.add(bytes, start, end);
      start = end;
    }
    const batch = decoder.finish();
    const { user, system } = process.cpuUsage(before);
    if (batch.numRows !== rows) throw new Error(`${label}: ${batch.numRows} rows`);
    if (round >= 4) seconds.push(((user + system) / 1e6 / rows) * 1e6);
  }
  seconds.sort((a, b) => a - b);
  const median = seconds[seconds.length >> 1];
  const spread = `${seconds[0].toFixed(3)}–${seconds.at(-1).toFixed(3)}`;
  console.log(
    `${label.padEnd(34)} ${median.toFixed(3)} CPU s per million rows (${spread}), ${(bytes.length / rows).toFixed(0)} bytes a row`,
  );
}

const next = random(20260101);
const below = (n) => Math.floor(next() * n);
const digits = (n) =>
  Array.from({ length: n }, () => below(10))
    .join('')
    .replace(/^0/, '1');
const letters = (n) => Array.from({ length: n }, () => String.fromCharCode(97 + below(26))).join('');
const nullable = (value) => () => (next() < 0.1 ? null : value());
const decimal = (precision, scale) => ({ kind: 'decimal', precision, scale });
const money = () => wire.numeric(`${below(100_000)}.${String(below(100)).padStart(2, '0')}`);

const types = {
  'no field of interest: bool': columnOf('c', 'bool', () => wire.bool(below(2))),
  int2: columnOf('c', 'int2', () => wire.int2(below(1000))),
  int4: columnOf('c', 'int4', () => wire.int4(below(1e9))),
  'int4, a tenth NULL': columnOf(
    'c',
    'int4',
    nullable(() => wire.int4(below(1e9))),
  ),
  int8: columnOf('c', 'int8', () => wire.int8(below(2 ** 50))),
  float8: columnOf('c', 'float8', () => wire.float8(next())),
  date: columnOf('c', 'date', () => wire.int4(below(10_000))),
  timestamp: columnOf('c', 'timestamp', () => wire.int8(below(1e15))),
  uuid: columnOf('c', 'uuid', () => Buffer.from(digits(32), 'hex')),
  'numeric(15,2)': columnOf('c', 'numeric', money),
  'numeric(15,2), a tenth NULL': columnOf('c', 'numeric', nullable(money)),
  'numeric(38,10), 20 digits': columnOf(
    'c',
    'numeric',
    () => wire.numeric(`${digits(10)}.${digits(10)}`),
    decimal(38, 10),
  ),
  'numeric(38,10), 38 digits': columnOf(
    'c',
    'numeric',
    () => wire.numeric(`${digits(28)}.${digits(10)}`),
    decimal(38, 10),
  ),
  'numeric(76,10), 76 digits': columnOf(
    'c',
    'numeric',
    () => wire.numeric(`${digits(66)}.${digits(10)}`),
    decimal(76, 10),
  ),
  'text, 1 byte': columnOf('c', 'text', () => wire.text(letters(1))),
  'text, 10 bytes': columnOf('c', 'text', () => wire.text(letters(10))),
  'text, 30 bytes': columnOf('c', 'text', () => wire.text(letters(30))),
  'text, 100 bytes': columnOf('c', 'text', () => wire.text(letters(100))),
  'text, 300 bytes': columnOf('c', 'text', () => wire.text(letters(300))),
  'text, 300 bytes, tested for UTF-8': columnOf('c', 'text-unchecked', () => wire.text(letters(300)), { kind: 'text' }),
};

const what = process.argv[2];
if (what !== 'types') measure('lineitem, 16 columns', lineitem(next), rowGroup, 24);
if (what !== 'lineitem') for (const [label, generator] of Object.entries(types)) measure(label, [generator]);
