import type { AuthClient, GoogleAuth } from 'google-auth-library';
import { TidemarkError } from '../../../core/errors.js';

/** What is said beside it. */
interface Words {
  /** Where the credentials are from, where they were given; undefined: Google's own chain found them. */
  readonly origin: string | undefined;
  /** What to do where nobody is found. */
  readonly nobody: string;
}

/** Who asks Google, for people: `the service account a@b (metadata server)`. @throws source.auth, what the library throws */
export async function whoAsks(auth: GoogleAuth, words: Words): Promise<string> {
  const client = await auth.getClient();
  const { constructor } = client;
  const { origin = "what Google's own tools use" } = words;
  if (constructor.name === 'Compute')
    return `the service account ${(await emailOf(auth)) ?? (await withoutEmail(client, words))} of this machine (metadata server)`;
  if (constructor.name === 'JWT') return `the service account ${(await emailOf(auth)) ?? unknown} (its key: ${origin})`;
  if (constructor.name === 'UserRefreshClient') return `a user (gcloud login: ${origin})`;
  if (constructor.name === 'Impersonated') return `an impersonated service account (${origin})`;
  return `workload identity federation (${origin})`;
}

const unknown = 'of an address that is not known';

async function emailOf(auth: GoogleAuth): Promise<string | undefined> {
  return auth.getCredentials().then(
    ({ client_email: email }) => email ?? 'without an address',
    () => undefined,
  );
}

/** Nobody may be there: every request would be tried again for a minute, and blame the network. @throws source.auth */
async function withoutEmail(client: AuthClient, { nobody }: Words): Promise<string> {
  return client.getAccessToken().then(
    () => unknown,
    (thrown: unknown) => {
      throw new TidemarkError(
        'source.auth',
        'cannot find out who asks: this machine has no service account, or its metadata server does not answer',
        { hint: nobody, cause: thrown },
      );
    },
  );
}
