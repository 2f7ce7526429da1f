import { bucketStore } from '../../../core/bucket-store.js';
import type { OwnStore, StagingStore } from '../../../core/source.js';
import type { ConnectionSettings } from '../../../core/source-request.js';
import { Desk, DeskClient } from '../../desk.js';
import { bigqueryFailure } from '../connection/errors.js';
import { openIdentity } from '../connection/identity.js';
import { RestClient } from '../connection/rest-client.js';
import type { BigquerySettings } from '../connection/settings.js';
import { locationText, parseLocation } from './location.js';
import { CloudObjects } from './objects.js';

/** Milliseconds that Cloud Storage may be silent. */
const stallLimit = 60_000;

/** What a lane needs to read what was exported. Plain data, without a token. */
interface Ticket {
  /** Where tokens are asked for. */
  readonly desk: string;
  readonly endpoint: string | undefined;
  /** Who asks, for people. */
  readonly identity: string;
}

interface Opening extends Omit<Ticket, 'desk'> {
  authorization(): Promise<string>;
  readonly signal: AbortSignal;
}

/** The buckets that the run's own identity may use. @throws source.* */
export async function openStaging(connection: ConnectionSettings, signal: AbortSignal): Promise<StagingStore> {
  const settings = connection as BigquerySettings;
  const told = { secrets: [], hideValues: false };
  try {
    const found = await openIdentity(settings);
    const identity = await found.describe();
    const authorization = (): Promise<string> => found.authorization();
    const endpoint = settings.endpoints.buckets;
    const desk = new Desk<undefined, string>(async () => {
      try {
        return await authorization();
      } catch (thrown) {
        throw bigqueryFailure(thrown, { doing: 'get a token', identity, ...told });
      }
    });
    const ticket: Ticket = { desk: desk.name, endpoint, identity };
    signal.throwIfAborted();
    // What was written is removed when a run was ended, too.
    const store = await storeOf({ endpoint, identity, authorization, signal: new AbortController().signal });
    return { ticket, store, close: () => desk.close() };
  } catch (thrown) {
    throw bigqueryFailure(thrown, { doing: 'find out who asks', identity: undefined, ...told });
  }
}

/** The same for a lane. */
export async function joinStaging(given: unknown, signal: AbortSignal): Promise<OwnStore> {
  const { desk, ...opening } = given as Ticket;
  const client = new DeskClient<undefined, string>(desk);
  const store = await storeOf({ ...opening, authorization: () => client.ask(undefined), signal });
  return { store, close: () => client.close() };
}

async function storeOf({ endpoint, identity, authorization, signal }: Opening): Promise<OwnStore['store']> {
  const client = await RestClient.open({ authorization, stallLimit, signal });
  return bucketStore({
    scheme: 'gs',
    parse: parseLocation,
    textOf: locationText,
    objectsAt: ({ bucket }) =>
      new CloudObjects({
        client,
        endpoint,
        bucket,
        failure(thrown, doing) {
          signal.throwIfAborted();
          return bigqueryFailure(thrown, { doing, identity, secrets: [], hideValues: false });
        },
      }),
  });
}
