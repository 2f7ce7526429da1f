import { secretValues } from '../../../core/parameters.js';
import type { JoinedSource } from '../../../core/source.js';
import type { SourceRequest } from '../../../core/source-request.js';
import { BigqueryService } from '../connection/service.js';
import type { BigquerySettings } from '../connection/settings.js';
import { Desk } from '../../desk.js';
import { endpointOf, type Ticket } from './lane.js';

type SharedTicket = Pick<Ticket, 'road' | 'stallLimit' | 'nullsMisfits'>;

/** Where the streams and results of a run are, without who reads them. */
export function share(ticket: unknown): SharedTicket {
  const { road, stallLimit, nullsMisfits } = ticket as Ticket;
  return { road, stallLimit, nullsMisfits };
}

/** The streams and results of a run, read as this machine's own identity. @throws source.auth, request.invalid */
export async function join(shared: unknown, request: SourceRequest, signal: AbortSignal): Promise<JoinedSource> {
  const settings = request.connection as BigquerySettings;
  const told = { secrets: secretValues(request.parameters), hideValues: request.hideValues };
  const service = await BigqueryService.open(settings, signal, told);
  const desk = new Desk(() => service.authorization());
  const { road, ...reading } = shared as SharedTicket;
  const ticket: Ticket = {
    ...{ ...reading, desk: desk.name, told: { identity: service.identity.text, ...told } },
    road: { ...road, endpoint: endpointOf(road.via, settings) },
  };
  return {
    ticket,
    close() {
      desk.close();
      service.close();
      return Promise.resolve();
    },
  };
}
