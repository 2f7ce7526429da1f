import { invalidRequest } from '../../../core/errors.js';
import { withPatience } from '../../../core/retry.js';
import type { Secret } from '../../../core/secret.js';
import { identityText } from '../../cloud-identity/aws/identity-text.js';
import { regionOfMachine } from '../../cloud-identity/aws/machine.js';
import { servicePatience } from '../../service-patience.js';
import type { RedshiftSettings } from '../connection/shape.js';
import { type AwsClients, awsClients } from './clients.js';
import { type Ask, defaultPort, type Endpoint, endpointOf } from './endpoint.js';
import { type Asked, awsFailure, passes } from './errors.js';
import { makePassword } from './password.js';

/** Where the server is, and who logs in. */
export interface Place {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: Secret;
  /** Who had the password made, for people; undefined: nobody had. */
  readonly identity: string | undefined;
}

/**
 * Finds the server's endpoint where it is not given, and has AWS make a password where none is: anew whenever it is called.
 * @throws source.auth, source.permission, source.not-found, source.unreachable; request.invalid
 */
export async function findPlace(settings: RedshiftSettings, signal: AbortSignal): Promise<Place> {
  const { host, port = defaultPort, login } = settings;
  if (login.kind === 'password' && host !== undefined)
    return { host, port, user: login.user, password: login.password, identity: undefined };
  const region = settings.region ?? (await regionHere());
  if (region === undefined)
    throw invalidRequest(
      'region: nothing says in which region Redshift is',
      'Give it: redshift://…?region=eu-west-1, RSREGION or AWS_REGION.',
    );
  const clients = await awsClients(region);
  try {
    return await placeBy(clients, settings, signal);
  } finally {
    clients.close();
  }
}

/** As Amazon's own tools find it: variables, the profile, the machine. */
async function regionHere(): Promise<string | undefined> {
  const byVariable = process.env['AWS_REGION'] || process.env['AWS_DEFAULT_REGION'];
  if (byVariable) return byVariable;
  const clients = await awsClients(undefined);
  const ofProfile = await clients.redshift.config.region().catch(() => undefined);
  clients.close();
  return ofProfile ?? regionOfMachine(process.env);
}

async function placeBy(clients: AwsClients, settings: RedshiftSettings, signal: AbortSignal): Promise<Place> {
  const { login, kind, host, port, database } = settings;
  // Without a host or an identity's login, a name is there.
  const name = settings.name!;
  const who: { identity?: string } = {};
  const ask: Ask = async (asked: Asked, action) => {
    try {
      return await withPatience(action, { ...servicePatience, signal }, { passes });
    } catch (thrown) {
      signal.throwIfAborted();
      throw awsFailure(thrown, asked, who.identity);
    }
  };
  const around = { clients, ask, signal, database };
  who.identity = await ask({ doing: 'find an identity', actions: [] }, async () =>
    identityText(await clients.redshift.config.credentials(), process.env),
  );
  const isKnown = kind !== undefined && host !== undefined;
  const endpoint: Endpoint = isKnown ? { kind, host, port: port ?? defaultPort } : await endpointOf(name, kind, around);
  const given = { ...(host !== undefined && { host }), ...(port !== undefined && { port }) };
  if (login.kind === 'password') {
    const { user, password } = login;
    return { ...endpoint, ...given, user, password, identity: undefined };
  }
  const made = await makePassword({ kind: endpoint.kind, name }, login, around);
  return { ...endpoint, ...given, ...made, identity: who.identity };
}
