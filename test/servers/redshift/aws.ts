// The calls of Redshift (query protocol, XML) and of Redshift Serverless (JSON) that find an endpoint and make a password. Which key asks, whether its
// session token belongs to it, and whether it has expired is checked; signatures are not.
import { randomBytes, randomUUID } from 'node:crypto';
import type { Faults } from '../faults.mjs';
import { type Answer, type Listening, listen } from './listen.js';
import type { Credentials } from './metadata.js';

export interface AwsFault {
  readonly action?: string;
  readonly code?: string;
  readonly message?: string;
  readonly status?: number;
  readonly wait?: number;
}

export interface AwsCall {
  readonly action: string;
  readonly region: string | undefined;
  readonly given: Readonly<Record<string, string>>;
}

interface Around {
  /** Credentials that the metadata service gave out. */
  readonly keys: ReadonlyMap<string, Credentials>;
  /** Lets a user in. */
  grant(user: string, password: string, until: Date): Promise<void>;
  readonly endpoint: { readonly host: string; readonly port: number };
  readonly settings: {
    readonly cluster: string;
    readonly workgroup: string;
    readonly region: string;
    readonly role: string;
    /** The most that a password lasts. */
    readonly passwordSeconds: number;
  };
  readonly faults: Faults<AwsFault>;
}

export async function startAws({
  keys,
  grant,
  endpoint,
  settings,
  faults,
}: Around): Promise<Listening & { readonly calls: readonly AwsCall[] }> {
  const calls: AwsCall[] = [];
  const server = await listen(async ({ headers }, body) => {
    const { authorization = '', 'x-amz-security-token': session } = headers;
    const target = headers['x-amz-target'] as string | undefined;
    const [, key, region] = /Credential=([^/]+)\/\d+\/([^/]+)\//.exec(authorization) ?? [];
    const isJson = target !== undefined;
    const given = (isJson ? JSON.parse(body) : Object.fromEntries(new URLSearchParams(body))) as Record<string, string>;
    const action = isJson ? target.split('.').at(-1)! : given['Action']!;
    const refuse = isJson ? refuseInJson : refuseInXml;
    calls.push({ action, region, given });
    const fault = faults.take((one) => one.action === action);
    if (fault?.wait !== undefined) await new Promise((done) => setTimeout(done, fault.wait));
    if (fault?.code !== undefined) return refuse(fault.code, fault.message ?? fault.code, fault.status ?? 400);
    const known = keys.get(key ?? '');
    if (known === undefined || known.Token !== session)
      return refuse(
        isJson ? 'UnrecognizedClientException' : 'InvalidClientTokenId',
        'The security token included in the request is invalid.',
        403,
      );
    if (Date.parse(known.Expiration) < Date.now())
      return refuse(
        isJson ? 'ExpiredTokenException' : 'ExpiredToken',
        'The security token included in the request is expired',
        403,
      );
    // In another region there is nothing of that name.
    const isHere = region === settings.region;
    return isJson ? workgroupCall(action, given, isHere) : clusterCall(action, given, isHere);
  });

  type Given = Readonly<Record<string, string>>;

  async function clusterCall(action: string, given: Given, isHere: boolean): Promise<Answer> {
    const { cluster, role } = settings;
    if (!isHere || given['ClusterIdentifier'] !== cluster)
      return refuseInXml('ClusterNotFound', `Cluster ${given['ClusterIdentifier']} not found.`, 404);
    if (action === 'DescribeClusters')
      return xml(
        action,
        `<Clusters><Cluster><ClusterIdentifier>${cluster}</ClusterIdentifier><ClusterStatus>available</ClusterStatus>` +
          `<Endpoint><Address>${endpoint.host}</Address><Port>${endpoint.port}</Port></Endpoint></Cluster></Clusters>`,
      );
    if (action === 'GetClusterCredentials' && given['AutoCreate'] === 'true')
      return refuseInXml('AccessDenied', 'AutoCreate is not allowed', 403);
    const user = action === 'GetClusterCredentials' ? `IAM:${given['DbUser']}` : `IAMR:${role}`;
    const { password, until } = await letIn(user, given['DurationSeconds']);
    return xml(
      action,
      `<DbUser>${user}</DbUser><DbPassword>${password}</DbPassword><Expiration>${until.toISOString()}</Expiration>`,
    );
  }

  async function workgroupCall(action: string, given: Given, isHere: boolean): Promise<Answer> {
    if (!isHere || given['workgroupName'] !== settings.workgroup)
      return refuseInJson('ResourceNotFoundException', `Workgroup ${given['workgroupName']} not found`, 400);
    if (action === 'GetWorkgroup')
      return json({
        workgroup: {
          workgroupName: settings.workgroup,
          status: 'AVAILABLE',
          endpoint: { address: endpoint.host, port: endpoint.port },
        },
      });
    const user = `IAMR:${settings.role}`;
    const { password, until } = await letIn(user, given['durationSeconds']);
    return json({
      dbUser: user,
      dbPassword: password,
      expiration: until.getTime() / 1000,
      nextRefreshTime: until.getTime() / 1000,
    });
  }

  async function letIn(user: string, seconds: string | number = 900): Promise<{ password: string; until: Date }> {
    const password = `password-canary-${randomBytes(16).toString('base64url')}`;
    const until = new Date(Date.now() + Math.min(Number(seconds), settings.passwordSeconds) * 1000);
    await grant(user, password, until);
    return { password, until };
  }

  return { ...server, calls };
}

const xmlns = 'xmlns="http://redshift.amazonaws.com/doc/2012-12-01/"';

const xml = (action: string, inner: string): Answer => ({
  body: `<${action}Response ${xmlns}><${action}Result>${inner}</${action}Result><ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata></${action}Response>`,
  type: 'text/xml',
});

const refuseInXml = (code: string, message: string, status: number): Answer => ({
  status,
  body: `<ErrorResponse ${xmlns}><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>x</RequestId></ErrorResponse>`,
  type: 'text/xml',
});

const json = (body: object): Answer => ({ body: JSON.stringify(body), type: 'application/x-amz-json-1.1' });

const refuseInJson = (code: string, message: string, status: number): Answer => ({
  status,
  body: JSON.stringify({ __type: code, message }),
  type: 'application/x-amz-json-1.1',
});
