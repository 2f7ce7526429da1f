import type { ExpectationResult } from './expectation-result.js';

/**
 * Every error that Tidemark raises on purpose, with the exit code that the command line gives for it.
 * The rule: 2 = wrong before the source was asked; 3 = the source said no; 4 = the destination said no;
 * 5 = a version does not hold what its manifest says; 6 = the data broke a declared contract; 7 = there is too little memory.
 */
export const exitCodes = {
  'request.invalid': 2,
  'request.unknown-key': 2,
  'request.version-exists': 2,
  'source.unreachable': 3,
  'source.auth': 3,
  'source.tls': 3,
  'source.permission': 3,
  'source.not-found': 3,
  'source.sql': 3,
  'source.timeout': 3,
  'source.locked': 3,
  'source.lost': 3,
  'source.snapshot': 3,
  'source.changed': 3,
  'source.unsupported': 3,
  'source.protocol': 3,
  'destination.denied': 4,
  'destination.full': 4,
  'destination.io': 4,
  'scratch.full': 4,
  'scratch.io': 4,
  'verification.failed': 5,
  'data.misfit': 6,
  'data.encoding': 6,
  'data.partitions': 6,
  'data.strata': 6,
  'data.expectations': 6,
  'data.parent': 6,
  'data.cursor': 6,
  'data.schema': 6,
  'member.lost': 3,
  'memory.exhausted': 7,
  'internal.bug': 1,
  'interrupted.sigint': 130,
  'interrupted.sigterm': 143,
} as const;

export type ErrorCode = keyof typeof exitCodes;

export interface ErrorDetails {
  /** What the user can do about it: one or two sentences. */
  readonly hint?: string;
  readonly cause?: unknown;
  /** Whether the same attempt may succeed when it is made again. */
  readonly retryable?: boolean;
  /** What was expected of rows and is not so, where that is the error. */
  readonly expectations?: readonly ExpectationResult[];
}

/** The plain form of an error, for messages between threads. */
export interface ErrorMessage {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string | undefined;
  readonly retryable: boolean;
  readonly stack: string | undefined;
}

/** The one error class. The message names the key, the value given and what is allowed; the hint says what to do next. */
export class TidemarkError extends Error {
  override readonly name = 'TidemarkError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly retryable: boolean;
  /** Of data.expectations: every rule that is broken. */
  readonly expectations: readonly ExpectationResult[] | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = details.hint;
    this.retryable = details.retryable ?? false;
    this.expectations = details.expectations;
  }

  get exitCode(): number {
    return exitCodes[this.code];
  }

  /** The same, with the place that it is about in front. @param hint another one, where that place says more */
  placedAt(place: string, hint = this.hint): TidemarkError {
    const { code, message, retryable } = this;
    return new TidemarkError(code, `${place}: ${message}`, {
      retryable,
      ...(hint !== undefined && { hint }),
      cause: this,
    });
  }

  toMessage(): ErrorMessage {
    const { code, message, hint, retryable, cause } = this;
    // Of a defect, where it came from is all that helps; causes do not go to other threads.
    const stack = code === 'internal.bug' && cause instanceof Error ? cause.stack : this.stack;
    return { code, message, hint, retryable, stack };
  }

  static fromMessage(m: ErrorMessage): TidemarkError {
    const error = new TidemarkError(m.code, m.message, {
      retryable: m.retryable,
      ...(m.hint === undefined ? {} : { hint: m.hint }),
    });
    if (m.stack !== undefined) error.stack = m.stack;
    return error;
  }

  /** Anything thrown, as a TidemarkError; what is not one already is a bug of ours and keeps its cause. */
  static from(thrown: unknown): TidemarkError {
    if (thrown instanceof TidemarkError) return thrown;
    const text = thrown instanceof Error ? thrown.message : String(thrown);
    if (isOfMemory(thrown)) return outOfMemory(text, thrown);
    return new TidemarkError('internal.bug', text, {
      cause: thrown,
      hint: 'This is a defect of Tidemark. Please report it with the stack trace (TIDEMARK_DEBUG=1 prints it).',
    });
  }
}

/** Whether memory was not to be had: the engine says so in a RangeError, or where a thread has used up its heap. */
export function isOfMemory(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  const { code } = thrown as NodeJS.ErrnoException;
  if (code === 'ERR_WORKER_OUT_OF_MEMORY' || code === 'ERR_MEMORY_ALLOCATION_FAILED' || code === 'ENOMEM') return true;
  return thrown instanceof RangeError && /allocation failed/.test(thrown.message);
}

function outOfMemory(text: string, cause: unknown): TidemarkError {
  return new TidemarkError('memory.exhausted', `there is too little memory: ${text}`, {
    cause,
    hint: 'Nothing was published. Give the process more memory, or a smaller --memory and fewer --lanes, which take less.',
  });
}

/** A request that cannot be meant: what is wrong with it, and what to do. */
export function invalidRequest(message: string, hint: string): TidemarkError {
  return new TidemarkError('request.invalid', message, { hint });
}
