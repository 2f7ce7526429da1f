import { type ErrorCode, TidemarkError } from '../../core/errors.js';
import type { HostSettings } from './settings/shape.js';

/** What was going on, so that a message can say more than the server knows. */
export interface ErrorContext {
  readonly doing?: string;
  readonly host?: HostSettings;
  readonly user?: string;
  readonly database?: string;
  readonly timeout?: number;
}

export function fromPg(error: unknown, context: ErrorContext): TidemarkError {
  if (error instanceof TidemarkError) return error;
  const code: ErrorCode = 'source.lost';
  return new TidemarkError(code, `${context.doing ?? ''} ${String(error)}`, { cause: error });
}
