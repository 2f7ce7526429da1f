import type * as Library from 'google-auth-library';
import type { AuthClient, GoogleAuth } from 'google-auth-library';
import { whoAsks } from '../../cloud-identity/google/who-asks.js';
import { peer } from './peers.js';
import type { BigquerySettings } from './settings.js';

const scopes = ['https://www.googleapis.com/auth/bigquery', 'https://www.googleapis.com/auth/cloud-platform'];

/** Who asks. */
export interface Identity {
  readonly auth: GoogleAuth;
  /** For people: `the service account a@b (metadata server)`. Asks the metadata server, and nobody else. @throws source.auth, what the library throws */
  describe(): Promise<string>;
  /** The header that says who asks, with a token that lasts a while yet. @throws what the library throws */
  authorization(): Promise<string>;
}

/** Finds out who asks. */
export async function openIdentity(settings: BigquerySettings): Promise<Identity> {
  const library = await peer(() => import('google-auth-library'));
  const { identity, impersonates, billingProject, project } = settings;
  const paying = billingProject ?? project;
  const projectId = paying === undefined ? {} : { projectId: paying };
  const own = new library.GoogleAuth({ scopes, ...projectId, ...credentialsOf(library, settings) });
  const auth =
    impersonates === undefined
      ? own
      : new library.GoogleAuth({ ...projectId, authClient: await impersonating(library, own, impersonates) });
  return {
    auth,
    describe: async () => {
      const first = await whoIs(own, identity);
      return impersonates === undefined ? first : `the service account ${impersonates}, impersonated by ${first}`;
    },
    async authorization() {
      const headers = new Headers(await (await auth.getClient()).getRequestHeaders());
      return headers.get('authorization') ?? '';
    },
  };
}

function credentialsOf({ Compute }: typeof Library, { identity }: BigquerySettings): object {
  if (identity.kind === 'machine') return { authClient: new Compute() };
  if (identity.kind === 'default') return {};
  return { credentials: JSON.parse(identity.json.reveal()) as object };
}

async function impersonating({ Impersonated }: typeof Library, own: GoogleAuth, target: string): Promise<AuthClient> {
  return new Impersonated({
    sourceClient: await own.getClient(),
    targetPrincipal: target,
    targetScopes: scopes,
    lifetime: 3600,
  });
}

function whoIs(auth: GoogleAuth, identity: BigquerySettings['identity']): Promise<string> {
  const origin = identity.kind === 'credentials' ? identity.origin : undefined;
  const nobody =
    'GCP_IAM=1 is for machines of Google Cloud that have a service account. Elsewhere give a key: GCP_KEYFILE_CONTENTS_JSON.';
  return whoAsks(auth, { origin, nobody });
}
