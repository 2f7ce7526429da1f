import { TidemarkError } from '../../../core/errors.js';
import { withPatience } from '../../../core/retry.js';
import { Secret } from '../../../core/secret.js';
import { servicePatience } from '../../service-patience.js';
import type { RedshiftSettings } from '../connection/shape.js';
import { type AwsClients, awsClients } from './clients.js';
import { type Asked, awsFailure, isDenied, isNotThere, passes } from './errors.js';
import { identityText } from './identity.js';
import { regionOfMachine } from './machine.js';

/** Seconds that a password is valid; a session that has begun goes on beyond that. */
const validSeconds = 900;

/** Where the server is, and who logs in. */
export interface Place {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: Secret;
  /** Who had the password made, for people; undefined: nobody had. */
  readonly identity: string | undefined;
}

const defaultPort = 5439;

/**
 * Finds the server's endpoint where it is not given, and has AWS make a password where none is: anew whenever it is called.
 * @throws source.auth, source.permission, source.not-found, source.unreachable
 */
export async function findPlace(settings: RedshiftSettings, signal: AbortSignal): Promise<Place> {
  const { host, port = defaultPort, login } = settings;
  if (login.kind === 'password' && host !== undefined)
    return { host, port, user: login.user, password: login.password, identity: undefined };
  const region = settings.region ?? (await regionHere());
  if (region === undefined)
    throw new TidemarkError('request.invalid', 'region: nothing says in which region Redshift is', {
      hint: 'Give it: redshift://…?region=eu-west-1, RSREGION or AWS_REGION.',
    });
  const clients = await awsClients(region);
  try {
    return await new Aws(clients, settings, signal).place();
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

type Kind = 'cluster' | 'workgroup';

class Aws {
  private identity: string | undefined;

  constructor(
    private readonly clients: AwsClients,
    private readonly settings: RedshiftSettings,
    private readonly signal: AbortSignal,
  ) {}

  async place(): Promise<Place> {
    const { login, name, host, port } = this.settings;
    this.identity = await this.ask({ doing: 'find an identity', actions: [] }, () =>
      identityText(this.clients, process.env),
    );
    const kind = this.settings.kind ?? (await this.kindOf(name!));
    const found = host === undefined ? await this.endpoint(kind, name!) : { host, port: port ?? defaultPort };
    const who =
      login.kind === 'password'
        ? { user: login.user, password: login.password }
        : await (kind === 'cluster' ? this.ofCluster(name!, login) : this.ofWorkgroup(name!));
    const identity = login.kind === 'password' ? undefined : this.identity;
    return { ...found, ...(port !== undefined && { port }), ...who, identity };
  }

  /** A name alone may be a cluster's or a workgroup's. */
  private async kindOf(name: string): Promise<Kind> {
    const { redshift, commands } = this.clients;
    try {
      await this.patiently(() =>
        redshift.send(new commands.DescribeClustersCommand({ ClusterIdentifier: name }), { abortSignal: this.signal }),
      );
      return 'cluster';
    } catch (thrown) {
      if (isNotThere(thrown) || isDenied(thrown)) return 'workgroup';
      throw awsFailure(thrown, { doing: `look for ${name}`, actions: ['redshift:DescribeClusters'] }, this.identity);
    }
  }

  private async endpoint(kind: Kind, name: string): Promise<{ readonly host: string; readonly port: number }> {
    const { redshift, serverless, commands, serverlessCommands } = this.clients;
    const abortSignal = this.signal;
    const action = kind === 'cluster' ? 'redshift:DescribeClusters' : 'redshift-serverless:GetWorkgroup';
    const asked = { doing: `look for the endpoint of the ${kind} ${name}`, actions: [action] };
    const endpoint = await this.ask(asked, async () => {
      if (kind === 'cluster') {
        const command = new commands.DescribeClustersCommand({ ClusterIdentifier: name });
        const { Clusters: [cluster] = [] } = await redshift.send(command, { abortSignal });
        return { host: cluster?.Endpoint?.Address, port: cluster?.Endpoint?.Port };
      }
      const command = new serverlessCommands.GetWorkgroupCommand({ workgroupName: name });
      const { workgroup } = await serverless.send(command, { abortSignal });
      return { host: workgroup?.endpoint?.address, port: workgroup?.endpoint?.port };
    });
    if (endpoint.host !== undefined) return { host: endpoint.host, port: endpoint.port ?? defaultPort };
    throw new TidemarkError('source.unreachable', `the ${kind} ${name} has no endpoint`, {
      hint: 'It is paused, or being made. Run again when it is available.',
    });
  }

  private ofCluster(
    name: string,
    { user, groups }: Extract<RedshiftSettings['login'], { readonly kind: 'iam' }>,
  ): Promise<{ readonly user: string; readonly password: Secret }> {
    const { redshift, commands } = this.clients;
    const common = {
      ClusterIdentifier: name,
      DbName: this.settings.database,
      DurationSeconds: validSeconds,
    };
    const action = user === undefined ? 'redshift:GetClusterCredentialsWithIAM' : 'redshift:GetClusterCredentials';
    const actions = groups.length > 0 ? [action, 'redshift:JoinGroup'] : [action];
    return this.ask({ doing: `get a password of the cluster ${name}`, actions }, async () => {
      const made =
        user === undefined
          ? await redshift.send(new commands.GetClusterCredentialsWithIAMCommand(common), { abortSignal: this.signal })
          : await redshift.send(
              new commands.GetClusterCredentialsCommand({
                ...common,
                ...{ DbUser: user, AutoCreate: false },
                ...(groups.length > 0 && { DbGroups: [...groups] }),
              }),
              { abortSignal: this.signal },
            );
      return madeBy({ user: made.DbUser, password: made.DbPassword });
    });
  }

  private ofWorkgroup(name: string): Promise<{ readonly user: string; readonly password: Secret }> {
    const { serverless, serverlessCommands } = this.clients;
    const asked = {
      doing: `get a password of the workgroup ${name}`,
      actions: ['redshift-serverless:GetCredentials'],
    };
    return this.ask(asked, async () => {
      const made = await serverless.send(
        new serverlessCommands.GetCredentialsCommand({
          workgroupName: name,
          dbName: this.settings.database,
          durationSeconds: validSeconds,
        }),
        { abortSignal: this.signal },
      );
      return madeBy({ user: made.dbUser, password: made.dbPassword });
    });
  }

  private async ask<T>(asked: Asked, action: () => Promise<T>): Promise<T> {
    try {
      return await this.patiently(action);
    } catch (thrown) {
      this.signal.throwIfAborted();
      throw awsFailure(thrown, asked, this.identity);
    }
  }

  private patiently<T>(action: () => Promise<T>): Promise<T> {
    return withPatience(action, { ...servicePatience, lasts: 60_000, signal: this.signal }, { passes });
  }
}

/** The user as it is: `IAMR:role`. */
function madeBy({ user, password }: { readonly user: string | undefined; readonly password: string | undefined }): {
  readonly user: string;
  readonly password: Secret;
} {
  if (user !== undefined && password !== undefined) return { user, password: new Secret(password) };
  throw new TidemarkError('source.protocol', 'AWS answers without a user and a password');
}
