import { createHash } from 'node:crypto';
import type { LocalAccount, ResourceIdentity, TemplateResource } from '../service.ts';

const ALPHANUMERIC = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const LOWER_ALPHANUMERIC = ALPHANUMERIC.slice(0, 36);

/** Stable characters made from a resource's place in the app: the same stack and logical id give the same name. */
function stableName(resource: TemplateResource, purpose: string, alphabet: string, length: number): string {
  const bytes = createHash('sha512').update(`${purpose}\n${resource.stackName}\n${resource.logicalId}`).digest();
  return Array.from(bytes.subarray(0, length), (byte) => alphabet[byte % alphabet.length]).join('');
}

function text(value: unknown, fallback: string): string {
  return typeof value === 'string' ? value : fallback;
}

function userPoolIdentity(resource: TemplateResource, account: LocalAccount): ResourceIdentity {
  const id = `${account.region}_${stableName(resource, 'pool', ALPHANUMERIC, 9)}`;
  const providerName = `cognito-idp.${account.region}.amazonaws.com/${id}`;
  const attributes = { UserPoolId: id, Arn: userPoolArn(account, id), ProviderName: providerName, ProviderURL: `https://${providerName}` };
  return { ref: id, attributes };
}

function userPoolClientIdentity(resource: TemplateResource): ResourceIdentity {
  const id = stableName(resource, 'client', LOWER_ALPHANUMERIC, 26);
  const name = text(resource.properties['ClientName'], resource.logicalId);
  if (resource.properties['GenerateSecret'] !== true) {
    return { ref: id, attributes: { ClientId: id, Name: name } };
  }
  return { ref: id, attributes: { ClientId: id, Name: name, ClientSecret: stableName(resource, 'secret', LOWER_ALPHANUMERIC, 52) } };
}

/** The ARN of a user pool of this account. */
export function userPoolArn(account: LocalAccount, poolId: string): string {
  return `arn:${account.partition}:cognito-idp:${account.region}:${account.accountId}:userpool/${poolId}`;
}

/** What `Ref` and `Fn::GetAtt` give for the Cognito resources of a template. */
export function identifyCognitoResource(resource: TemplateResource, account: LocalAccount): ResourceIdentity {
  switch (resource.type) {
    case 'AWS::Cognito::UserPool':
      return userPoolIdentity(resource, account);
    case 'AWS::Cognito::UserPoolClient':
      return userPoolClientIdentity(resource);
    case 'AWS::Cognito::UserPoolGroup':
      return { ref: text(resource.properties['GroupName'], resource.logicalId), attributes: {} };
    default: {
      const domain = text(resource.properties['Domain'], resource.logicalId.toLowerCase());
      return { ref: domain, attributes: { CloudFrontDistribution: `${domain}.auth.${account.region}.amazoncognito.com` } };
    }
  }
}
