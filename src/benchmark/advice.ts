import type { Measurement } from './measurement.js';

/** A difference is told from so much on: less is noise of one short measurement. */
const worthTelling = 1.1;

/** Of what can be received, what is encoded is so much: then nothing else holds it up. */
const asFastAsItComes = 0.9;

/** What would change how fast a run is, or how large its files are, as far as was measured: sentences for people. */
export function advise(measurements: readonly Measurement[]): readonly string[] {
  const [received, decoded] = measurements;
  const encoded = measurements.filter(({ reach }) => reach === 'encoded');
  const [first] = encoded;
  if (!received || !decoded || !first) return [];
  if (received.rows === 0) return ['no row came in time: give more of it by --for, or look at the query on the server'];
  return [...bottleneckAdvice(first, { received, decoded }), ...comparisons(first, encoded)];
}

function bottleneckAdvice(
  first: Measurement,
  { received, decoded }: { readonly received: Measurement; readonly decoded: Measurement },
): readonly string[] {
  const lanes = '--lanes with a larger number, where the server has connections and cores for it';
  if (first.bottleneck?.at === 'source' || first.rowsPerSecond >= asFastAsItComes * received.rowsPerSecond) {
    return [`rows are encoded as fast as they come: only what sends them faster helps (${lanes}), or fewer columns`];
  }
  if (first.bottleneck?.at === 'cores') {
    return ['threads wait for a core: those of this machine are what helps, or a server that does not run on it, too'];
  }
  if (decoded.rowsPerSecond < worthTelling * first.rowsPerSecond) {
    return ['decoding is most of the work: columns that nobody needs can be left out (--query)'];
  }
  const slow = first.compression === 'zstd' || first.compression === 'gzip';
  return [
    slow
      ? `compressing by ${first.compression} is much of the work: snappy and lz4_raw take less of it`
      : 'this machine is what it is as fast as: more cores help, which --lanes auto makes use of, or fewer columns',
  ];
}

/** The fastest and the smallest against the first one. */
function comparisons(first: Measurement, encoded: readonly Measurement[]): readonly string[] {
  const told = encoded.filter(({ rows }) => rows > 0);
  const fastest = told.reduce((best, one) => (one.rowsPerSecond > best.rowsPerSecond ? one : best), first);
  const smallest = told.reduce((best, one) => (bytesOfRow(one) < bytesOfRow(best) ? one : best), first);
  const faster = fastest.rowsPerSecond / first.rowsPerSecond;
  const smaller = bytesOfRow(smallest) / bytesOfRow(first);
  return [
    ...(faster >= worthTelling ? [`${nameOf(fastest)} is ${faster.toFixed(1)} times as fast as ${nameOf(first)}`] : []),
    ...(smaller <= 1 / worthTelling
      ? [
          `files of ${nameOf(smallest)} have ${smaller.toFixed(2)} of the size of those of ${nameOf(first)}, at ${(smallest.rowsPerSecond / first.rowsPerSecond).toFixed(2)} of its speed`,
        ]
      : []),
  ];
}

/** Bytes of files. */
export function bytesOfRow({ rows, bytesWritten }: Pick<Measurement, 'rows' | 'bytesWritten'>): number {
  return rows > 0 ? bytesWritten / rows : Infinity;
}

/** `2 lanes, snappy` */
export function nameOf({ lanes, via, compression }: Pick<Measurement, 'lanes' | 'via' | 'compression'>): string {
  return [`${lanes} ${lanes === 1 ? 'lane' : 'lanes'}`, via, compression]
    .filter((part) => part !== undefined)
    .join(', ');
}
