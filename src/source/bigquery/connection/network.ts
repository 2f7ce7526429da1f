import { networkCodes } from '../../../core/network-codes.js';

/** What Node and its own client of HTTP say. */
const passing = new Set([...networkCodes, 'UND_ERR_SOCKET']);

/** Whether something failed because of the network. */
export function passesOnNetwork(thrown: unknown): boolean {
  const { code, cause, type } = thrown as {
    readonly code?: unknown;
    readonly cause?: unknown;
    readonly type?: unknown;
  };
  if (typeof code === 'string' && passing.has(code)) return true;
  return type === 'system' || (cause instanceof Error && passesOnNetwork(cause));
}
