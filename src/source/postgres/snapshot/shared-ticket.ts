import type { JoinedSource } from '../../../core/source.js';
import type { SourceRequest } from '../../../core/source-request.js';
import { type PostgresSettings, revealed } from '../../postgres-protocol/settings.js';
import { secretsOf } from '../plan/table.js';
import type { Ticket } from './session.js';

type SharedTicket = Omit<Ticket, 'settings' | 'secrets'>;

/** A ticket without where to connect and as whom: others know that themselves. */
export const share = (ticket: unknown): SharedTicket => withoutSecrets(ticket as Ticket);

const withoutSecrets = ({ settings: _, secrets: __, ...shared }: Ticket): SharedTicket => shared;

/** The ticket of a machine that connects by its own settings. That it is the same server, the snapshot tells. */
export function join(shared: unknown, request: SourceRequest): Promise<JoinedSource> {
  const own = { settings: revealed(request.connection as PostgresSettings), secrets: secretsOf(request) };
  const ticket: Ticket = { ...(shared as SharedTicket), ...own };
  return Promise.resolve({ ticket, close: () => Promise.resolve() });
}
