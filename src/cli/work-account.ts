import { formatBytes, formatCount } from '../core/units.js';
import { type WorkKind, workKinds } from '../core/work.js';
import type { Bottleneck } from '../snapshot/bottleneck.js';
import type { SnapshotResult } from '../snapshot/result.js';
import { alignColumns } from './columns.js';

const meanings: Readonly<Record<WorkKind, string>> = {
  wait: 'lanes waited for the server and the network',
  read: 'bytes taken from the connection',
  decode: 'columns made of what came',
  encode: 'row groups made of columns',
  digest: 'rows hashed for the digest',
  write: 'files hashed and written',
  room: 'lanes waited for encoders, or for where files go',
};

/** What a run was as fast as, before and behind the share. */
const verdicts: Readonly<Record<Bottleneck['at'], readonly [what: string, share: string]>> = {
  source: ['the server or the network', 'of their time lanes waited for it'],
  destination: ['where files go', 'of their time lanes waited for it'],
  cores: [
    'this machine, whose cores others have too (does the server run here?)',
    'of the time threads that were busy had one',
  ],
  read: ['this machine', 'of its work is taking bytes from the connection'],
  decode: ['this machine', 'of its work is decoding'],
  encode: ['this machine', 'of its work is encoding (fewer columns, or another --compression)'],
  digest: ['this machine', 'of its work is the digest'],
  write: ['this machine', 'of its work is hashing and writing files'],
};

/** Where a run's time went, line by line: `snapshot --profile`. */
export function workAccount(result: SnapshotResult): readonly string[] {
  const { work, bottleneck, bytesRead, rows, bytes, seconds, cpuSeconds } = result;
  const all = workKinds.reduce((sum, kind) => sum + work[kind], 0);
  if (bottleneck === undefined || all === 0) return ['nothing was read'];
  const moved: Partial<Record<WorkKind, string>> = {
    read: `${formatBytes(bytesRead)}, ${formatBytes(bytesRead / seconds)}/s`,
    encode: `${formatCount(rows)} rows, ${formatCount(Math.round(rows / seconds))}/s`,
    write: `${formatBytes(bytes)}, ${formatBytes(bytes / seconds)}/s`,
  };
  const lines = workKinds.map((kind) => [
    kind,
    work[kind].toFixed(2),
    percent(work[kind] / all),
    [meanings[kind], moved[kind]].filter((text) => text !== undefined).join(': '),
  ]);
  return [
    ...alignColumns([['', 'thread s', 'share', ''], ...lines]),
    `${cpuSeconds.toFixed(2)} s on a core, in ${seconds.toFixed(2)} s`,
    verdict(bottleneck),
  ];
}

/** What a run was as fast as. */
export function verdict({ at, share }: Bottleneck): string {
  const [what, ofWhat] = verdicts[at];
  return `as fast as ${what}: ${percent(share)} ${ofWhat}`;
}

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
