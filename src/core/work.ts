/**
 * What threads of a run spend their time on. `wait`: a lane waits for what it reads, for the server and the network; `read`: takes it, and where it comes as Arrow has it taken
 * apart; `decode`, `encode`, `digest`: makes columns, row groups and digests; `write`: hashes bytes and hands them over; `room`: waits until they are taken, by encoders or by the
 * destination.
 */
export const workKinds = ['wait', 'read', 'decode', 'encode', 'digest', 'write', 'room'] as const;
export type WorkKind = (typeof workKinds)[number];

/** Seconds of all threads together. */
export type WorkSeconds = Readonly<Record<WorkKind, number>>;

const eachKind = (secondsOf: (kind: WorkKind) => number): WorkSeconds =>
  Object.fromEntries(workKinds.map((kind) => [kind, secondsOf(kind)])) as Record<WorkKind, number>;

export const noWork = eachKind(() => 0);

export const addWork = (a: WorkSeconds, b: WorkSeconds): WorkSeconds => eachKind((kind) => a[kind] + b[kind]);

/** To milliseconds: what a manifest tells. */
export const roundedWork = (work: WorkSeconds): WorkSeconds => eachKind((kind) => Math.round(1000 * work[kind]) / 1000);
