import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { variables } from '../../contracts/variables.ts';
import { requiredVariable } from '../runtime/environment.ts';

export const userPoolId = requiredVariable(variables.userPoolId);
export const clientId = requiredVariable(variables.userPoolClientId);

/** Cognito answers in tenths of seconds; what takes longer is better tried again. */
export const cognito = new CognitoIdentityProviderClient({
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 5_000 },
});
