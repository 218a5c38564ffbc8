import { randomUUID } from 'node:crypto';
import { AwsError } from '../service.ts';
import type { QueryInput } from './query-request.ts';
import { attributeMap, type Members, page } from './sns-answer.ts';
import { snsArn } from './sns-names.ts';
import type { SnsOperation, SnsParts } from './sns-parts.ts';
import type { Application, PlatformEndpoint } from './sns-store.ts';

const PLATFORMS = ['APNS', 'APNS_SANDBOX', 'GCM'];
const PAGE_SIZE = 100;
const MAX_USER_DATA_BYTES = 2_048;
const MAX_TOKEN_BYTES = 8_192;

/** Platform applications: what SNS needs to send to Apple and Google. */
export function applicationOperations(parts: SnsParts): Readonly<Record<string, SnsOperation>> {
  const { store, context } = parts;
  return {
    CreatePlatformApplication: (input, request) => {
      const platform = input.text('Platform') ?? '';
      const name = input.text('Name') ?? '';
      const arn = snsArn(context.account, `app/${platform}/${name}`);
      request.authorize('sns:CreatePlatformApplication', arn);
      if (!PLATFORMS.includes(platform)) throw invalid('Platform', `local mode sends to ${PLATFORMS.join(', ')}`);
      if (!/^[\w.-]{1,256}$/.test(name))
        throw invalid('Name', 'must be made up of 1 to 256 letters, digits, underscores, hyphens and periods');
      const attributes = input.map('Attributes');
      checkCredentials(platform, attributes);
      const known = store.application(arn);
      if (known !== undefined && !isSame(known.attributes, attributes))
        throw invalid('Attributes', 'Platform application already exists with different attributes');
      if (known === undefined) store.putApplication({ arn, attributes });
      return [['PlatformApplicationArn', arn]];
    },
    SetPlatformApplicationAttributes: (input, request) => {
      const { arn, attributes } = application(parts, input, request, 'SetPlatformApplicationAttributes');
      store.putApplication({ arn, attributes: { ...attributes, ...input.map('Attributes') } });
      return [];
    },
    GetPlatformApplicationAttributes: (input, request) => {
      const { attributes } = application(parts, input, request, 'GetPlatformApplicationAttributes');
      const { PlatformCredential: _, PlatformPrincipal: __, ...shown } = attributes;
      return [attributeMap({ Enabled: 'true', ...shown })];
    },
    DeletePlatformApplication: (input, request) => {
      const arn = input.text('PlatformApplicationArn') ?? '';
      request.authorize('sns:DeletePlatformApplication', arn);
      store.deleteApplication(arn);
      return [];
    },
    ListPlatformApplications: (input, request) => {
      request.authorize('sns:ListPlatformApplications', snsArn(context.account, '*'));
      return page(
        'PlatformApplications',
        store.applications(),
        { token: input.given('NextToken'), size: PAGE_SIZE },
        ({ arn, attributes }) => {
          const { PlatformCredential: _, PlatformPrincipal: __, ...shown } = attributes;
          return [['PlatformApplicationArn', arn], attributeMap({ Enabled: 'true', ...shown })];
        },
      );
    },
    ListEndpointsByPlatformApplication: (input, request) => {
      const { arn } = application(parts, input, request, 'ListEndpointsByPlatformApplication');
      return page('Endpoints', store.endpoints(arn), { token: input.given('NextToken'), size: PAGE_SIZE }, (endpoint) => [
        ['EndpointArn', endpoint.arn],
        attributeMap(endpointAttributes(endpoint)),
      ]);
    },
    CreatePlatformEndpoint: (input, request) => createEndpoint(parts, input, request),
  };
}

/** Endpoints: the devices of platform applications. */
export function endpointOperations({ store, events }: SnsParts): Readonly<Record<string, SnsOperation>> {
  const find = (arn: string): PlatformEndpoint => {
    const endpoint = store.endpoint(arn);
    if (endpoint === undefined) throw new AwsError('NotFound', 'Endpoint does not exist', { status: 404 });
    return endpoint;
  };
  return {
    GetEndpointAttributes: (input, request) => {
      const arn = input.text('EndpointArn') ?? '';
      request.authorize('sns:GetEndpointAttributes', arn);
      return [attributeMap(endpointAttributes(find(arn)))];
    },
    SetEndpointAttributes: (input, request) => {
      const arn = input.text('EndpointArn') ?? '';
      request.authorize('sns:SetEndpointAttributes', arn);
      const endpoint = find(arn);
      const { Token: token = endpoint.token, Enabled, CustomUserData: userData = endpoint.userData } = input.map('Attributes');
      checkToken(endpoint.applicationArn, token);
      checkUserData(userData);
      const other = store.endpointOf(endpoint.applicationArn, token);
      if (other !== undefined && other.arn !== arn) throw tokenIsTaken(other);
      const enabled = Enabled === undefined ? endpoint.enabled : Enabled.toLowerCase() === 'true';
      const changed = { ...endpoint, token, userData, enabled };
      store.putEndpoint(changed);
      events.endpointUpdated(changed);
      return [];
    },
    DeleteEndpoint: (input, request) => {
      const arn = input.text('EndpointArn') ?? '';
      request.authorize('sns:DeleteEndpoint', arn);
      const endpoint = store.endpoint(arn);
      // "This action is idempotent."
      if (endpoint === undefined) return [];
      store.deleteEndpoint(arn);
      events.endpointDeleted(endpoint);
      return [];
    },
  };
}

function createEndpoint(parts: SnsParts, input: QueryInput, request: Parameters<SnsOperation>[1]): Members {
  const { store, events } = parts;
  const { arn: applicationArn } = application(parts, input, request, 'CreatePlatformEndpoint');
  const given = input.map('Attributes');
  const token = input.text('Token') ?? '';
  const userData = input.text('CustomUserData') ?? given['CustomUserData'];
  checkToken(applicationArn, token);
  checkUserData(userData);
  const known = store.endpointOf(applicationArn, token);
  if (known !== undefined) return [['EndpointArn', sameEndpoint(known, userData ?? '', given['Enabled'])]];
  const arn = `${applicationArn.replace(':app/', ':endpoint/')}/${randomUUID()}`;
  const endpoint = { arn, applicationArn, token, enabled: given['Enabled'] !== 'false', userData: userData ?? '' };
  store.putEndpoint(endpoint);
  events.endpointCreated(endpoint);
  return [['EndpointArn', arn]];
}

function application({ store }: SnsParts, input: QueryInput, request: Parameters<SnsOperation>[1], action: string): Application {
  const arn = input.text('PlatformApplicationArn') ?? '';
  request.authorize(`sns:${action}`, arn);
  const found = store.application(arn);
  if (found === undefined) throw new AwsError('NotFound', 'PlatformApplication does not exist', { status: 404 });
  return found;
}

/** Whether the platform takes the credentials shows only there, so here they only have to be. */
function checkCredentials(platform: string, attributes: Readonly<Record<string, string>>): void {
  const missing = (name: string): boolean => (attributes[name] ?? '') === '';
  if (missing('PlatformCredential')) throw invalid('Attributes', 'Platform credentials are invalid');
  if (platform === 'GCM') return;
  if (missing('PlatformPrincipal')) throw invalid('Attributes', 'Platform credentials are invalid');
  if (missing('ApplePlatformTeamID') !== missing('ApplePlatformBundleID'))
    throw invalid('Attributes', 'ApplePlatformTeamID and ApplePlatformBundleID go together');
}

/** @returns the ARN, when what is asked for is what is there. @throws AwsError `InvalidParameter` */
function sameEndpoint(known: PlatformEndpoint, userData: string, enabled: string | undefined): string {
  if (known.userData !== userData || (enabled !== undefined && (enabled === 'true') !== known.enabled)) throw tokenIsTaken(known);
  return known.arn;
}

const tokenIsTaken = ({ arn }: PlatformEndpoint): AwsError =>
  invalid('Token', `Endpoint ${arn} already exists with the same Token, but different attributes.`);

function checkToken(applicationArn: string, token: string): void {
  if (token === '') throw invalid('Token', 'cannot be empty');
  if (applicationArn.includes(':app/APNS')) {
    if (!/^[\da-f]{1,400}$/i.test(token)) throw invalid('Token', 'iOS device tokens must be no more than 400 hexadecimal characters');
  } else if (Buffer.byteLength(token) > MAX_TOKEN_BYTES) throw invalid('Token', 'must be at most 8192 bytes long in UTF-8 encoding');
}

function checkUserData(userData = ''): void {
  if (Buffer.byteLength(userData) > MAX_USER_DATA_BYTES)
    throw invalid('CustomUserData', 'must be at most 2048 bytes long in UTF-8 encoding');
}

function endpointAttributes({ token, enabled, userData }: PlatformEndpoint): Record<string, string> {
  return { Enabled: String(enabled), Token: token, ...(userData !== '' && { CustomUserData: userData }) };
}

function isSame(one: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>): boolean {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].every((name) => (one[name] ?? '') === (other[name] ?? ''));
}

const invalid = (parameter: string, reason: string): AwsError =>
  new AwsError('InvalidParameter', `Invalid parameter: ${parameter} Reason: ${reason}`);
