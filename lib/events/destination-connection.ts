import { SecretValue } from 'aws-cdk-lib';
import { Authorization, type ConnectionProps, HttpMethod, HttpParameter } from 'aws-cdk-lib/aws-events';
import type { DestinationAuthorization } from '../../contracts/event-destinations.ts';

/** The header for a key that goes elsewhere: a connection has to have one. */
const spareHeader = 'x-api-key';

const parametersOf = (values: Readonly<Record<string, string>>): Record<string, HttpParameter> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, HttpParameter.fromString(value)]));

/** How a connection says who calls. The template holds the names of secrets, and CloudFormation reads them at a deployment. */
export const connectionParts = (
  authorization: DestinationAuthorization,
): Pick<ConnectionProps, 'authorization' | 'queryStringParameters' | 'bodyParameters'> => {
  const { kind, secretName } = authorization;
  const secret = (jsonField: string): SecretValue => SecretValue.secretsManager(secretName, { jsonField });
  const behind = (prefix: string, jsonField: string): SecretValue =>
    SecretValue.unsafePlainText(`${prefix}${secret(jsonField).unsafeUnwrap()}`);
  switch (kind) {
    case 'bearer':
      return { authorization: Authorization.apiKey('Authorization', behind('Bearer ', 'token')) };
    case 'header':
      return { authorization: Authorization.apiKey(authorization.name, behind(authorization.prefix ?? '', 'key')) };
    case 'basic':
      return { authorization: Authorization.basic(secret('username').unsafeUnwrap(), secret('password')) };
    case 'query':
    case 'body': {
      const parameters = { [authorization.name]: HttpParameter.fromSecret(secret('key')) };
      return {
        authorization: Authorization.apiKey(spareHeader, secret('key')),
        ...(kind === 'query' ? { queryStringParameters: parameters } : { bodyParameters: parameters }),
      };
    }
    case 'oauth': {
      const { tokenUrl, scope, parameters } = authorization;
      return {
        authorization: Authorization.oauth({
          authorizationEndpoint: tokenUrl,
          httpMethod: HttpMethod.POST,
          clientId: secret('clientId').unsafeUnwrap(),
          clientSecret: secret('clientSecret'),
          bodyParameters: parametersOf({ grant_type: 'client_credentials', ...(scope !== undefined && { scope }), ...parameters }),
        }),
      };
    }
  }
};
