import { invalidRequest, TidemarkError } from '../../../core/errors.js';
import { Secret } from '../../../core/secret.js';
import type { RedshiftLogin } from '../connection/shape.js';
import type { AwsClients } from './clients.js';
import type { Ask, Kind } from './endpoint.js';

/** Seconds that a password is valid; a session that has begun goes on beyond that. */
const validSeconds = 900;

/** Who logs in, with a password that was made for it. */
export interface MadeLogin {
  readonly user: string;
  readonly password: Secret;
}

interface Around {
  readonly clients: AwsClients;
  readonly ask: Ask;
  readonly signal: AbortSignal;
  readonly database: string;
}

/**
 * Has AWS make a password, anew whenever it is called.
 * @throws source.auth, source.permission, source.unreachable; request.invalid for a user of the database where there can be none
 */
export function makePassword(
  { kind, name }: { readonly kind: Kind; readonly name: string },
  login: Extract<RedshiftLogin, { readonly kind: 'iam' }>,
  around: Around,
): Promise<MadeLogin> {
  if (kind === 'cluster') return ofCluster(name, login, around);
  if (login.user === undefined) return ofWorkgroup(name, around);
  throw invalidRequest(
    `user: of the workgroup ${name} the identity is its own user, and "${login.user}" can only log in by a password`,
    'Leave the user out, or give its password: RSPASSWORD.',
  );
}

function ofCluster(
  name: string,
  { user, groups }: Extract<RedshiftLogin, { readonly kind: 'iam' }>,
  { clients: { redshift, commands }, ask, signal: abortSignal, database }: Around,
): Promise<MadeLogin> {
  const common = { ClusterIdentifier: name, DbName: database, DurationSeconds: validSeconds };
  const action = user === undefined ? 'redshift:GetClusterCredentialsWithIAM' : 'redshift:GetClusterCredentials';
  const actions = groups.length > 0 ? [action, 'redshift:JoinGroup'] : [action];
  return ask({ doing: `get a password of the cluster ${name}`, actions }, async () => {
    const as = { DbUser: user, AutoCreate: false, ...(groups.length > 0 && { DbGroups: [...groups] }) };
    const made =
      user === undefined
        ? await redshift.send(new commands.GetClusterCredentialsWithIAMCommand(common), { abortSignal })
        : await redshift.send(new commands.GetClusterCredentialsCommand({ ...common, ...as }), { abortSignal });
    return madeLogin(made.DbUser, made.DbPassword);
  });
}

function ofWorkgroup(
  workgroupName: string,
  { clients: { serverless, serverlessCommands }, ask, signal: abortSignal, database }: Around,
): Promise<MadeLogin> {
  const actions = ['redshift-serverless:GetCredentials'];
  return ask({ doing: `get a password of the workgroup ${workgroupName}`, actions }, async () => {
    const asked = { workgroupName, dbName: database, durationSeconds: validSeconds };
    const made = await serverless.send(new serverlessCommands.GetCredentialsCommand(asked), { abortSignal });
    return madeLogin(made.dbUser, made.dbPassword);
  });
}

/** The user as it is: `IAMR:role`. */
function madeLogin(user: string | undefined, password: string | undefined): MadeLogin {
  if (user !== undefined && password !== undefined) return { user, password: new Secret(password) };
  throw new TidemarkError('source.protocol', 'AWS answers without a user and a password');
}
