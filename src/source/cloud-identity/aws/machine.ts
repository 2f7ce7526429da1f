/** Milliseconds. On a machine that has no metadata service nothing answers. */
const patience = 1_000;
const usual = 'http://169.254.169.254';

/** The region of the machine, by its metadata service; undefined: there is none. */
export const regionOfMachine = (env: NodeJS.ProcessEnv): Promise<string | undefined> =>
  metadata('placement/region', env);

/** The name of the machine's role in brackets; empty: it is not told. */
export async function roleOfMachine(env: NodeJS.ProcessEnv): Promise<string> {
  const name = await metadata('iam/security-credentials/', env);
  return name === undefined ? '' : ` ("${name.trim()}", by its metadata service)`;
}

/** IMDSv2: a token first (EC2 user guide, "Use the Instance Metadata Service"). */
async function metadata(path: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  if (env['AWS_EC2_METADATA_DISABLED'] === 'true') return undefined;
  const base = `${env['AWS_EC2_METADATA_SERVICE_ENDPOINT'] ?? usual}/latest`;
  const ask = async (what: string, method: string, headers: Readonly<Record<string, string>>): Promise<string> => {
    const answer = await fetch(`${base}/${what}`, { method, headers, signal: AbortSignal.timeout(patience) });
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    return answer.text();
  };
  try {
    const token = await ask('api/token', 'PUT', { 'x-aws-ec2-metadata-token-ttl-seconds': '60' });
    return await ask(`meta-data/${path}`, 'GET', { 'x-aws-ec2-metadata-token': token });
  } catch {
    return undefined;
  }
}
