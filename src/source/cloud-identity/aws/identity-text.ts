import { roleOfMachine } from './machine.js';

/**
 * Which identity Amazon's chain found, for people: how it came to be, and nothing that is secret.
 * @param found what the chain gave: clients of Amazon note in it where it is from
 */
export async function identityText(found: object, env: NodeJS.ProcessEnv): Promise<string> {
  const { $source: source = {} } = found as { readonly $source?: Readonly<Record<string, string>> };
  const names = Object.keys(source);
  const isOf = (part: string): boolean => names.some((name) => name.includes(part));
  if (isOf('WEB_ID')) return `the role of a web identity (${env['AWS_ROLE_ARN'] ?? 'of a profile'})`;
  if (isOf('HTTP')) return 'the role of the container';
  if (isOf('SSO')) return `a profile of IAM Identity Center (${profileOf(env)})`;
  if (isOf('PROFILE') || isOf('PROCESS')) return `the profile ${profileOf(env)}`;
  if (isOf('ENV_VARS')) return `the key in AWS_ACCESS_KEY_ID`;
  return `the role of the machine${await roleOfMachine(env)}`;
}

const profileOf = (env: NodeJS.ProcessEnv): string => `"${env['AWS_PROFILE'] ?? 'default'}"`;
