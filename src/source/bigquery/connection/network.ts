/** What Node says when a connection or a name server fails. */
const passing = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  'ENOTFOUND',
  'UND_ERR_SOCKET',
]);

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
