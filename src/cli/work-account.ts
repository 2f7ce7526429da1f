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

const verdicts: Readonly<Record<Bottleneck['at'], string>> = {
  source: 'the server or the network: lanes waited for it',
  destination: 'where files go: lanes waited for it',
  read: 'this machine: bytes are taken as fast as it can',
  decode: 'this machine: decoding takes most',
  encode: 'this machine: encoding takes most (fewer columns, or another --compression)',
  digest: 'this machine: digests take most',
  write: 'this machine: hashing and writing files takes most',
};

/** Where a run's time went, line by line: `snapshot --profile`. */
export function workAccount({ work, bottleneck, bytesRead, rows, bytes, seconds }: SnapshotResult): readonly string[] {
  const all = workKinds.reduce((sum, kind) => sum + work[kind], 0);
  if (bottleneck === undefined || all === 0) return ['nothing was read'];
  const share = (part: number): string => `${(100 * part).toFixed(0)} %`;
  const moved: Partial<Record<WorkKind, string>> = {
    read: `${formatBytes(bytesRead)}, ${formatBytes(bytesRead / seconds)}/s`,
    encode: `${formatCount(rows)} rows, ${formatCount(Math.round(rows / seconds))}/s`,
    write: `${formatBytes(bytes)}, ${formatBytes(bytes / seconds)}/s`,
  };
  const lines = workKinds.map((kind) => [
    kind,
    work[kind].toFixed(2),
    share(work[kind] / all),
    [meanings[kind], moved[kind]].filter((text) => text !== undefined).join(': '),
  ]);
  return [
    ...alignColumns([['', 'thread s', 'share', ''], ...lines]),
    `as fast as ${verdicts[bottleneck.at]} ${bottleneck.at === 'source' || bottleneck.at === 'destination' ? `for ${share(bottleneck.share)} of their time` : `(${share(bottleneck.share)} of its work)`}`,
  ];
}
