import { TidemarkError } from '../../core/errors.js';
import { rdsIdentity } from './aws/token.js';
import { googleIdentity } from './google/token.js';
import type { CloudLogin } from './token.js';

type Server = 'postgres' | 'mysql';

const pages: Readonly<Record<Server, string>> = {
  postgres: 'docs/databases/postgresql.md',
  mysql: 'docs/databases/mysql.md',
};

/** What the server says of a token that it does not take, with whose it was and with what lets them in. Never throws. */
export async function refusedToken(failure: TidemarkError, login: CloudLogin, server: Server): Promise<TidemarkError> {
  const { identity, user } = login;
  const who = identity.kind === 'aws' ? await rdsIdentity({ ...login, ...identity }) : await googleIdentity();
  const hint = identity.kind === 'aws' ? ofAmazon(user, identity.region, server) : ofGoogle(server);
  const { code, message, retryable, cause } = failure;
  return new TidemarkError(code, `${message} (as ${user}, by ${who})`, { hint, retryable, cause });
}

function ofAmazon(user: string, region: string, server: Server): string {
  const partition = region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
  const grant =
    server === 'postgres'
      ? `GRANT rds_iam TO ${user};`
      : `CREATE USER '${user}'@'%' IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS';`;
  return (
    `IAM database authentication must be on; the user needs ${grant} and the identity rds-db:connect on ` +
    `arn:${partition}:rds-db:${region}:ACCOUNT:dbuser:RESOURCE-ID/${user}; the host must be the name of the endpoint (${pages[server]}).`
  );
}

function ofGoogle(server: Server): string {
  const [flag, name] =
    server === 'postgres'
      ? ['cloudsql.iam_authentication', 'its address without .gserviceaccount.com']
      : ['cloudsql_iam_authentication', 'what stands before the @ of its address'];
  return (
    `The instance needs the flag ${flag}=on, and the user: gcloud sql users create … --instance=… --type=cloud_iam_service_account; ` +
    `it is named by ${name}. The identity needs the role roles/cloudsql.instanceUser (${pages[server]}).`
  );
}
