import { TidemarkError } from '../../../core/errors.js';
import type { AwsClients } from './clients.js';
import { type Asked, isDenied, isNotThere } from './errors.js';

export type Kind = 'cluster' | 'workgroup';

export const defaultPort = 5439;

export interface Endpoint {
  readonly kind: Kind;
  readonly host: string;
  readonly port: number;
}

/** Asks AWS something, with patience. @throws source.* */
export type Ask = <T>(asked: Asked, action: () => Promise<T>) => Promise<T>;

const actions: Readonly<Record<Kind, string>> = {
  cluster: 'redshift:DescribeClusters',
  workgroup: 'redshift-serverless:GetWorkgroup',
};

/**
 * Looks up the endpoint of a cluster or a workgroup.
 * @param kind undefined: a name alone may be either's
 * @throws source.not-found, source.permission, source.unreachable
 */
export async function endpointOf(
  name: string,
  kind: Kind | undefined,
  { clients, ask, signal }: { readonly clients: AwsClients; readonly ask: Ask; readonly signal: AbortSignal },
): Promise<Endpoint> {
  const look = (one: Kind): Promise<Endpoint> =>
    ask({ doing: `look for the endpoint of the ${one} ${name}`, actions: [actions[one]] }, () =>
      (one === 'cluster' ? ofCluster : ofWorkgroup)(name, clients, signal),
    );
  if (kind !== undefined) return look(kind);
  const refusals: TidemarkError[] = [];
  for (const one of ['cluster', 'workgroup'] as const) {
    try {
      return await look(one);
    } catch (thrown) {
      const { cause } = thrown as TidemarkError;
      if (!isNotThere(cause) && !isDenied(cause)) throw thrown;
      refusals.push(thrown as TidemarkError);
    }
  }
  throw neither(name, refusals);
}

/** What is neither a cluster nor a workgroup, as far as may be seen. */
function neither(name: string, refusals: readonly TidemarkError[]): TidemarkError {
  const denied = refusals.find(({ code }) => code === 'source.permission');
  const message = refusals.map((one) => one.message).join('; and ');
  if (denied === undefined)
    return new TidemarkError('source.not-found', message, {
      hint: `There is neither a cluster nor a workgroup ${name}. Check its name and its region: ?region=… in the URL, RSREGION or AWS_REGION.`,
    });
  return new TidemarkError('source.permission', message, {
    hint: `Allow ${actions.cluster} or ${actions.workgroup}, whichever it is, to this identity (docs/databases/redshift.md). RSCLUSTERIDENTIFIER, or RSWORKGROUP, with RSHOST needs neither.`,
  });
}

async function ofCluster(
  name: string,
  { redshift, commands }: AwsClients,
  abortSignal: AbortSignal,
): Promise<Endpoint> {
  const command = new commands.DescribeClustersCommand({ ClusterIdentifier: name });
  const { Clusters: [cluster] = [] } = await redshift.send(command, { abortSignal });
  return reached('cluster', name, { host: cluster?.Endpoint?.Address, port: cluster?.Endpoint?.Port });
}

async function ofWorkgroup(
  name: string,
  { serverless, serverlessCommands }: AwsClients,
  abortSignal: AbortSignal,
): Promise<Endpoint> {
  const command = new serverlessCommands.GetWorkgroupCommand({ workgroupName: name });
  const { workgroup } = await serverless.send(command, { abortSignal });
  return reached('workgroup', name, { host: workgroup?.endpoint?.address, port: workgroup?.endpoint?.port });
}

function reached(
  kind: Kind,
  name: string,
  { host, port }: { readonly host: string | undefined; readonly port: number | undefined },
): Endpoint {
  if (host !== undefined) return { kind, host, port: port ?? defaultPort };
  throw new TidemarkError('source.unreachable', `the ${kind} ${name} has no endpoint`, {
    hint: 'It is paused, or being made. Run again when it is available.',
  });
}
