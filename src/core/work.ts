/**
 * What threads of a run spend their time on. `wait`: a lane waits for what it reads, for the server and the network; `read`: takes it, and where it comes as Arrow has it taken
 * apart; `decode`, `encode`, `digest`: makes columns, row groups and digests; `write`: hashes bytes and hands them over; `room`: waits until they are taken, by encoders or by the
 * destination.
 */
export const workKinds = ['wait', 'read', 'decode', 'encode', 'digest', 'write', 'room'] as const;
export type WorkKind = (typeof workKinds)[number];

/** Seconds of all threads together. */
export type WorkSeconds = Readonly<Record<WorkKind, number>>;

export const noWork: WorkSeconds = { wait: 0, read: 0, decode: 0, encode: 0, digest: 0, write: 0, room: 0 };

/** To milliseconds: what a manifest tells. */
export const roundedWork = (work: WorkSeconds): WorkSeconds =>
  Object.fromEntries(workKinds.map((kind) => [kind, Math.round(1000 * work[kind]) / 1000])) as Record<WorkKind, number>;

export function addWork(a: WorkSeconds, b: WorkSeconds): WorkSeconds {
  const sum = (kind: WorkKind): number => a[kind] + b[kind];
  return {
    wait: sum('wait'),
    read: sum('read'),
    decode: sum('decode'),
    encode: sum('encode'),
    digest: sum('digest'),
    write: sum('write'),
    room: sum('room'),
  };
}
