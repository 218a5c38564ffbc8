import type { ResolvedResource } from '../service.ts';
import { Properties } from './properties.ts';

const SECONDS_PER_UNIT: Readonly<Record<string, number>> = { seconds: 1, minutes: 60, hours: 3_600, days: 86_400 };

/** AWS's default for a client that names no flows. */
const DEFAULT_AUTH_FLOWS = ['ALLOW_USER_SRP_AUTH', 'ALLOW_CUSTOM_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'];

/** An app client as its template declares it. */
export interface UserPoolClient {
  readonly id: string;
  readonly poolId: string;
  readonly name: string;
  readonly secret: string | undefined;
  readonly authFlows: readonly string[];
  /** `PreventUserExistenceErrors` is `ENABLED`: nothing tells an unknown user from a wrong password. */
  readonly hidesUsers: boolean;
  readonly tokenRevocation: boolean;
  readonly accessTokenSeconds: number;
  readonly idTokenSeconds: number;
  readonly refreshTokenSeconds: number;
  /** How long a challenge session lives. @default 180 */
  readonly authSessionSeconds: number;
  /** Undefined: no rotation. 0 to 60 seconds in which a rotated token is still good for a retry. */
  readonly rotationGraceSeconds: number | undefined;
  /** Undefined: every attribute. */
  readonly readAttributes: readonly string[] | undefined;
  /** Undefined: every mutable attribute. */
  readonly writeAttributes: readonly string[] | undefined;
  readonly properties: Readonly<Record<string, unknown>>;
}

function validity(
  properties: Properties,
  token: 'AccessToken' | 'IdToken' | 'RefreshToken',
  fallback: { value: number; unit: string },
): number {
  const unit = properties.child('TokenValidityUnits').string(token, token === 'RefreshToken' ? 'days' : 'hours');
  const value = properties.optionalNumber(`${token}Validity`);
  return value === undefined ? fallback.value * (SECONDS_PER_UNIT[fallback.unit] ?? 1) : value * (SECONDS_PER_UNIT[unit] ?? 1);
}

/** Reads `AWS::Cognito::UserPoolClient`. */
export function readUserPoolClient(resource: ResolvedResource): UserPoolClient {
  const properties = new Properties(resource.properties);
  const rotation = properties.child('RefreshTokenRotation');
  return {
    id: resource.ref,
    poolId: properties.string('UserPoolId', ''),
    name: properties.string('ClientName', resource.logicalId),
    secret: resource.attributes['ClientSecret'],
    authFlows: properties.list('ExplicitAuthFlows', DEFAULT_AUTH_FLOWS),
    hidesUsers: properties.string('PreventUserExistenceErrors', 'LEGACY') === 'ENABLED',
    tokenRevocation: properties.boolean('EnableTokenRevocation', true),
    accessTokenSeconds: validity(properties, 'AccessToken', { value: 1, unit: 'hours' }),
    idTokenSeconds: validity(properties, 'IdToken', { value: 1, unit: 'hours' }),
    refreshTokenSeconds: validity(properties, 'RefreshToken', { value: 30, unit: 'days' }),
    authSessionSeconds: properties.number('AuthSessionValidity', 3) * 60,
    rotationGraceSeconds: rotation.string('Feature', 'DISABLED') === 'ENABLED' ? rotation.number('RetryGracePeriodSeconds', 0) : undefined,
    readAttributes: properties.has('ReadAttributes') ? properties.list('ReadAttributes') : undefined,
    writeAttributes: properties.has('WriteAttributes') ? properties.list('WriteAttributes') : undefined,
    properties: resource.properties,
  };
}
