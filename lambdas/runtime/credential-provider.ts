import { requiredVariable } from './environment.ts';

/** Credentials as the SDK takes them. */
interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/**
 * Stands in for `@aws-sdk/credential-provider-node` in a bundle (lib/api/bundle-function.ts). A Lambda function has its role's
 * credentials in its environment ("Defined runtime environment variables", Lambda Developer Guide) and new ones only with a new
 * environment, so the search through files, SSO, processes and metadata services would never be used.
 */
export const defaultProvider = () => async (): Promise<Credentials> => {
  const sessionToken = process.env['AWS_SESSION_TOKEN'];
  return {
    accessKeyId: requiredVariable('AWS_ACCESS_KEY_ID'),
    secretAccessKey: requiredVariable('AWS_SECRET_ACCESS_KEY'),
    ...(sessionToken !== undefined && { sessionToken }),
  };
};
