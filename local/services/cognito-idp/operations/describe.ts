import { authorizedPool, clientOf, type Operation } from '../call.ts';
import { failures } from '../failures.ts';

/** Answers the pool as its template declares it; the members of both have the same names. */
export const describeUserPool: Operation = (call) => {
  const pool = authorizedPool(call);
  const { Policies, LambdaConfig, AccountRecoverySetting, AdminCreateUserConfig, UsernameConfiguration } = pool.properties;
  const users = call.runtime.database.get('SELECT count(*) AS n FROM users WHERE pool_id = ?', pool.id);
  return {
    UserPool: {
      ...{ Id: pool.id, Arn: pool.arn, Name: pool.name, EstimatedNumberOfUsers: users?.['n'] },
      ...{ Policies, LambdaConfig, AccountRecoverySetting, AdminCreateUserConfig, UsernameConfiguration },
      MfaConfiguration: pool.mfa,
      DeletionProtection: pool.deletionProtection,
      AutoVerifiedAttributes: pool.autoVerifiedAttributes,
      UsernameAttributes: pool.usernameAttributes,
      AliasAttributes: pool.aliasAttributes,
      SchemaAttributes: [...pool.schema.values()].map(({ name, type, mutable, required }) => ({
        Name: name,
        AttributeDataType: type,
        Mutable: mutable,
        Required: required,
      })),
    },
  };
};

export const describeUserPoolClient: Operation = (call) => {
  const pool = authorizedPool(call);
  const { client } = clientOf(call);
  if (client.poolId !== pool.id) {
    throw failures.resourceNotFound(`User pool client ${client.id} does not exist.`);
  }
  const { ExplicitAuthFlows, TokenValidityUnits, AccessTokenValidity, IdTokenValidity, RefreshTokenValidity, RefreshTokenRotation } =
    client.properties;
  return {
    UserPoolClient: {
      ...{ UserPoolId: pool.id, ClientId: client.id, ClientName: client.name, ClientSecret: client.secret },
      ...{ ExplicitAuthFlows, TokenValidityUnits, AccessTokenValidity, IdTokenValidity, RefreshTokenValidity, RefreshTokenRotation },
      ReadAttributes: client.readAttributes,
      WriteAttributes: client.writeAttributes,
      PreventUserExistenceErrors: client.hidesUsers ? 'ENABLED' : 'LEGACY',
      EnableTokenRevocation: client.tokenRevocation,
      AuthSessionValidity: client.authSessionSeconds / 60,
    },
  };
};
