import { deserialize, serialize } from 'node:v8';
import type { ErrorMessage } from '../core/errors.js';
import { TidemarkError } from '../core/errors.js';
import type { OpenSource } from '../core/source.js';
import type { DealtGroup, WrittenGroup } from '../lane/dealt-schedule.js';
import type { DraftTicket, ThreadPlan } from '../lane/messages.js';

/*
 * Word between the members that make a version together, as files on the board of its draft:
 *
 *   plan                what is to be read and written, by member 0, once
 *   to-<id>             from member 0 to another one, written again and again
 *   from-<id>           the other way
 *   beside-<id>-<name>  a scratch file that lies beside a range's rows
 */

/** What a member needs to write files of the version. Holds no secret. */
export interface SharedPlan {
  /** The version of the tool: another one might write other bytes. */
  readonly tool: string;
  /** The command that makes the version, without secrets: what is asked for. */
  readonly command: string;
  readonly members: number;
  /** Where the version goes, as member 0 names it. */
  readonly out: string;
  /** Fingerprint of the key of masks; undefined: there is none. */
  readonly maskKey: string | undefined;
  readonly thread: Omit<ThreadPlan, 'maskKey'>;
  /** What decides how many lanes a member may have. */
  readonly lanes: Pick<OpenSource, 'maxLanes' | 'laneMemory'>;
  /** Of the source, as it gave it away. */
  readonly ticket: unknown;
  readonly draft: DraftTicket;
}

/** From member 0. */
export type ToMember =
  | { readonly type: 'group'; readonly group: DealtGroup }
  | { readonly type: 'end' }
  | { readonly type: 'failed'; readonly message: string };

/** To member 0. */
export type FromMember =
  | { readonly type: 'ready'; readonly lanes: number }
  | { readonly type: 'written'; readonly written: WrittenGroup }
  | { readonly type: 'failed'; readonly error: ErrorMessage };

export const planName = 'plan';
export const toName = (id: string): string => `to-${id}`;
export const fromName = (id: string): string => `from-${id}`;
export const besideName = (id: string, name: string): string => `beside-${id}-${name}`;

/** The member that a file is from; undefined: it is another file. */
export const senderOf = (name: string): string | undefined => /^from-(.+)$/.exec(name)?.[1];

/** Begins every word, so that nothing else is taken for one. */
const mark = Buffer.from('tidemark-word-1\n');

/** Values as threads send them to each other: whole numbers of any size, bytes, what is undefined. */
export const encodeWord = (value: unknown): Uint8Array => Buffer.concat([mark, serialize(value)]);

/** @throws destination.io for what is no word */
export function decodeWord<T>(bytes: Uint8Array, location: string): T {
  const own = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  try {
    if (own.subarray(0, mark.length).equals(mark)) return deserialize(own.subarray(mark.length)) as T;
  } catch {
    // Told below.
  }
  throw notAWord(location);
}

export const notAWord = (location: string): TidemarkError =>
  new TidemarkError('destination.io', `${location} is not what a member of the run has written`, {
    hint: 'Something else writes there. Run again, with another --out.',
  });
