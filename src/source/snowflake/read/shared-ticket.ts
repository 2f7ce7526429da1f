import { secretValues } from '../../../core/parameters.js';
import type { JoinedSource } from '../../../core/source.js';
import type { SourceRequest } from '../../../core/source-request.js';
import { Desk } from '../../desk.js';
import { SnowflakeService } from '../connection/service.js';
import type { SnowflakeSettings } from '../connection/settings/shape.js';
import { deskAnswers } from './desk-answers.js';
import type { Answer, Question, StoredParts, Ticket } from './ticket.js';

interface SharedTicket extends Pick<Ticket, 'stallLimit' | 'nullsMisfits' | 'results'> {
  readonly isByApi: boolean;
}

/** The results of a run, without who reads them and where. */
export function share(ticket: unknown): SharedTicket {
  const { api, stallLimit, nullsMisfits, results } = ticket as Ticket;
  return { isByApi: api !== undefined, stallLimit, nullsMisfits, results };
}

/**
 * The results of a run, read by a session of this machine's own; statements do not run again.
 * @throws source.auth; request.invalid where the identity does not go with the road
 */
export async function join(given: unknown, request: SourceRequest, signal: AbortSignal): Promise<JoinedSource> {
  const { isByApi, ...shared } = given as SharedTicket;
  const told = { secrets: secretValues(request.parameters), hideValues: request.hideValues };
  const service = await SnowflakeService.open(request, signal, told);
  try {
    const road = service.roadOf(isByApi ? 'api' : 'chunks');
    const planned = shared.results.map(({ result: { id }, parts }: StoredParts) => ({ id, parts }));
    const desk = new Desk<Question, Answer>(deskAnswers({ service, road }, planned));
    const { endpoint } = request.connection as SnowflakeSettings;
    const own = { desk: desk.name, api: isByApi ? endpoint : undefined, told: { identity: service.identity, ...told } };
    return {
      ticket: { ...shared, ...own } satisfies Ticket,
      close() {
        desk.close();
        return service.close();
      },
    };
  } catch (error) {
    await service.close();
    throw error;
  }
}
