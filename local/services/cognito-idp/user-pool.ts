import type { ResolvedResource } from '../service.ts';
import { type AttributeSchema, poolSchema } from './attribute-schema.ts';
import { Properties } from './properties.ts';

export interface PasswordPolicy {
  readonly minimumLength: number;
  readonly requireLowercase: boolean;
  readonly requireUppercase: boolean;
  readonly requireNumbers: boolean;
  readonly requireSymbols: boolean;
  readonly temporaryPasswordValidityDays: number;
}

/** A message text with its placeholders `{####}` and `{username}`. */
export interface MessageTemplate {
  readonly email: string;
  readonly subject: string;
  readonly sms: string;
}

export type RecoveryMechanism = 'verified_email' | 'verified_phone_number' | 'admin_only';

/** A user pool as its template declares it. */
export interface UserPool {
  readonly id: string;
  readonly arn: string;
  readonly name: string;
  readonly region: string;
  readonly passwordPolicy: PasswordPolicy;
  readonly firstAuthFactors: readonly string[];
  readonly autoVerifiedAttributes: readonly string[];
  readonly usernameAttributes: readonly string[];
  readonly aliasAttributes: readonly string[];
  /** `UsernameConfiguration.CaseSensitive`. Unlike AWS, a pool that does not say is case-insensitive here. */
  readonly caseSensitive: boolean;
  readonly schema: ReadonlyMap<string, AttributeSchema>;
  readonly mfa: 'OFF' | 'OPTIONAL' | 'ON';
  /** Lambda trigger name to function ARN, for example `PreSignUp`. */
  readonly triggers: Readonly<Record<string, string>>;
  readonly preTokenGenerationVersion: 'V1_0' | 'V2_0' | 'V3_0';
  readonly recoveryMechanisms: readonly RecoveryMechanism[];
  readonly adminCreateUserOnly: boolean;
  readonly verifiedBeforeUpdate: readonly string[];
  readonly verificationMessage: MessageTemplate;
  readonly invitationMessage: MessageTemplate;
  readonly deletionProtection: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

const VERIFICATION_TEXT = 'Your verification code is {####}';
const INVITATION_TEXT = 'Your username is {username} and temporary password is {####}.';

/** Without a policy AWS asks for eight characters of all four kinds. */
function passwordPolicy(properties: Properties): PasswordPolicy {
  const declared = properties.has('PasswordPolicy');
  const policy = properties.child('PasswordPolicy');
  return {
    minimumLength: policy.number('MinimumLength', 8),
    requireLowercase: policy.boolean('RequireLowercase', !declared),
    requireUppercase: policy.boolean('RequireUppercase', !declared),
    requireNumbers: policy.boolean('RequireNumbers', !declared),
    requireSymbols: policy.boolean('RequireSymbols', !declared),
    temporaryPasswordValidityDays: policy.number('TemporaryPasswordValidityDays', 7),
  };
}

function verificationMessage(properties: Properties): MessageTemplate {
  const template = properties.child('VerificationMessageTemplate');
  return {
    email: template.optionalString('EmailMessage') ?? properties.string('EmailVerificationMessage', VERIFICATION_TEXT),
    subject: template.optionalString('EmailSubject') ?? properties.string('EmailVerificationSubject', 'Your verification code'),
    sms: template.optionalString('SmsMessage') ?? properties.string('SmsVerificationMessage', VERIFICATION_TEXT),
  };
}

function invitationMessage(properties: Properties): MessageTemplate {
  const template = properties.child('AdminCreateUserConfig').child('InviteMessageTemplate');
  return {
    email: template.string('EmailMessage', INVITATION_TEXT),
    subject: template.string('EmailSubject', 'Your temporary password'),
    sms: template.string('SMSMessage', INVITATION_TEXT),
  };
}

/** Ordered by priority. Without a setting AWS tries the phone number first, then the e-mail address. */
function recoveryMechanisms(properties: Properties): RecoveryMechanism[] {
  const declared = properties.child('AccountRecoverySetting').children('RecoveryMechanisms');
  const ordered = declared.toSorted((a, b) => a.number('Priority', 1) - b.number('Priority', 1));
  const names = ordered.map((mechanism) => mechanism.string('Name', 'verified_email') as RecoveryMechanism);
  return names.length > 0 ? names : ['verified_phone_number', 'verified_email'];
}

function triggers(properties: Properties): Pick<UserPool, 'triggers' | 'preTokenGenerationVersion'> {
  const config = properties.child('LambdaConfig');
  const preTokenGeneration = config.child('PreTokenGenerationConfig');
  const arns = config.strings();
  const versionedArn = preTokenGeneration.optionalString('LambdaArn');
  return {
    triggers: versionedArn === undefined ? arns : { ...arns, PreTokenGeneration: versionedArn },
    preTokenGenerationVersion: preTokenGeneration.string('LambdaVersion', 'V1_0') as UserPool['preTokenGenerationVersion'],
  };
}

/** Reads `AWS::Cognito::UserPool`. */
export function readUserPool(resource: ResolvedResource, region: string): UserPool {
  const properties = new Properties(resource.properties);
  return {
    id: resource.ref,
    arn: resource.attributes['Arn'] ?? '',
    name: properties.string('UserPoolName', resource.logicalId),
    region,
    passwordPolicy: passwordPolicy(properties.child('Policies')),
    firstAuthFactors: properties.child('Policies').child('SignInPolicy').list('AllowedFirstAuthFactors', ['PASSWORD']),
    autoVerifiedAttributes: properties.list('AutoVerifiedAttributes'),
    usernameAttributes: properties.list('UsernameAttributes'),
    aliasAttributes: properties.list('AliasAttributes'),
    caseSensitive: properties.child('UsernameConfiguration').boolean('CaseSensitive', false),
    schema: poolSchema(properties.children('Schema')),
    mfa: properties.string('MfaConfiguration', 'OFF') as UserPool['mfa'],
    ...triggers(properties),
    recoveryMechanisms: recoveryMechanisms(properties),
    adminCreateUserOnly: properties.child('AdminCreateUserConfig').boolean('AllowAdminCreateUserOnly', false),
    verifiedBeforeUpdate: properties.child('UserAttributeUpdateSettings').list('AttributesRequireVerificationBeforeUpdate'),
    verificationMessage: verificationMessage(properties),
    invitationMessage: invitationMessage(properties),
    deletionProtection: properties.string('DeletionProtection', 'INACTIVE'),
    properties: resource.properties,
  };
}
