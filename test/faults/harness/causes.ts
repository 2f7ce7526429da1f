import type { Fault, FaultyRun } from './subject.js';

interface Expected {
  readonly codes: readonly number[];
  /** Of what is printed. */
  readonly says: RegExp;
}

const ofFiles = (says: RegExp): Expected => ({ codes: [4], says });
const ofNetwork: Expected = { codes: [3], says: /connection|server|reach/ };
const failingDisk = /i\/o error|EIO/i;

/** How a run may fail, by kind of fault; a kind that is not here may not make it fail. */
const expected: Readonly<Record<string, Expected>> = {
  read: ofFiles(failingDisk),
  write: ofFiles(/no space left|full/i),
  open: ofFiles(/too many open files|EMFILE/i),
  rename: ofFiles(failingDisk),
  sync: ofFiles(failingDisk),
  close: ofFiles(failingDisk),
  look: ofFiles(failingDisk),
  remove: ofFiles(failingDisk),
  thread: { codes: [1], says: /thread .*ended before it was done/ },
  allocation: { codes: [7], says: /too little memory/ },
  'receive: reset': ofNetwork,
  'receive: closed': ofNetwork,
  'send: reset': ofNetwork,
  'connect: refused': ofNetwork,
  'store: 503': ofFiles(/503|SlowDown|slow/i),
  'store: cut before': ofFiles(/connection|reset|socket/i),
  'store: cut after': ofFiles(/connection|reset|socket/i),
};

/** What is wrong with how a run failed. */
export function causeOf({ code, stderr }: FaultyRun, { kind }: Fault): string[] {
  const rule = expected[kind];
  if (rule === undefined) return [`fails, which ${kind} is no reason for`];
  const wrong: string[] = [];
  if (!rule.codes.includes(code)) wrong.push(`exit ${code}, not ${rule.codes.join(' or ')}`);
  if (!rule.says.test(stderr)) wrong.push('the message does not name the cause');
  if (code !== 1 && /defect of Tidemark/.test(stderr)) wrong.push('told as a defect');
  return wrong;
}
