import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { variables } from '../../contracts/variables.ts';
import { requiredVariable } from '../runtime/environment.ts';

export const userPoolId = requiredVariable(variables.userPoolId);

/** Cognito answers in tenths of seconds. What takes longer is tried once more; then the caller is told to wait, which costs less. */
export const cognito = new CognitoIdentityProviderClient({
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
});
