import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { AccountRecovery, ClientAttributes, FeaturePlan, type IUserPool, Mfa, UserPool, UserPoolClient } from 'aws-cdk-lib/aws-cognito';
import type { Construct } from 'constructs';
import type { Stage } from '../stage.ts';
import type { CompleteAuthOptions } from './complete-auth-options.ts';

/** An invitation's password is good so long. */
const invitationValidity = Duration.days(7);

/** A user pool in which an e-mail address is the name, with a second factor for whoever wants it. */
export const createUserPool = (scope: Construct, id: string, { password, selfRegistration }: CompleteAuthOptions, stage: Stage): UserPool =>
  new UserPool(scope, id, {
    // The plan with refresh token rotation.
    featurePlan: FeaturePlan.ESSENTIALS,
    selfSignUpEnabled: selfRegistration,
    signInAliases: { email: true },
    signInCaseSensitive: false,
    autoVerify: { email: true },
    keepOriginal: { email: true },
    standardAttributes: { email: { required: true, mutable: true }, fullname: { required: false, mutable: true } },
    mfa: Mfa.OPTIONAL,
    mfaSecondFactor: { otp: true, sms: false },
    accountRecovery: AccountRecovery.EMAIL_ONLY,
    passwordPolicy: { ...password, tempPasswordValidity: invitationValidity },
    deletionProtection: stage === 'production',
    removalPolicy: stage === 'production' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
  });

/**
 * The app client of the API's own functions: no OAuth, no flow that a browser could begin by itself, and refresh tokens that
 * are good once. Its secret keeps everybody else from registering, logging in and asking for codes at Cognito itself, past the
 * limits of the functions. There is no grace period, so that a stolen token that was used shows at once.
 */
export const createUserPoolClient = (scope: Construct, id: string, userPool: IUserPool, options: CompleteAuthOptions): UserPoolClient =>
  new UserPoolClient(scope, id, {
    userPool,
    authFlows: { adminUserPassword: true },
    disableOAuth: true,
    generateSecret: true,
    preventUserExistenceErrors: true,
    enableTokenRevocation: true,
    accessTokenValidity: Duration.minutes(options.accessTokenMinutes),
    idTokenValidity: Duration.minutes(options.accessTokenMinutes),
    refreshTokenValidity: Duration.days(options.refreshTokenDays),
    refreshTokenRotationGracePeriod: Duration.seconds(0),
    readAttributes: new ClientAttributes().withStandardAttributes({ email: true, emailVerified: true, fullname: true }),
    writeAttributes: new ClientAttributes().withStandardAttributes({ email: true, fullname: true }),
  });
