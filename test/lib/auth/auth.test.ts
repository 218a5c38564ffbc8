import { Match } from 'aws-cdk-lib/assertions';
import { UserPool, UserPoolClient } from 'aws-cdk-lib/aws-cognito';
import { AttributeType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { accountRoutes, userRoutes } from '../../../contracts/auth.ts';
import { Api } from '../../../lib/api/api.ts';
import { Auth, type AuthProps } from '../../../lib/auth/auth.ts';
import { actionsOf, emptyStack, statementsOf, synth } from '../../support/synth.ts';

const synthAuth = (props: Omit<AuthProps, 'api'> = {}) =>
  synth((stack) => new Auth(stack, 'Auth', { api: new Api(stack, 'Api'), ...props }));

describe('Auth by default', () => {
  const { template, built } = synthAuth();

  it('takes an e-mail address as the name, in any case, and has it verified before it counts', () => {
    template.hasResourceProperties('AWS::Cognito::UserPool', {
      UsernameAttributes: ['email'],
      UsernameConfiguration: { CaseSensitive: false },
      AutoVerifiedAttributes: ['email'],
      UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ['email'] },
      AccountRecoverySetting: { RecoveryMechanisms: [{ Name: 'verified_email', Priority: 1 }] },
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: false },
      Schema: [
        { Name: 'email', Required: true, Mutable: true },
        { Name: 'name', Required: false, Mutable: true },
      ],
    });
  });

  it('offers authenticator apps and asks for passwords of 8 characters', () => {
    template.hasResourceProperties('AWS::Cognito::UserPool', {
      MfaConfiguration: 'OPTIONAL',
      EnabledMfas: ['SOFTWARE_TOKEN_MFA'],
      UserPoolTier: 'ESSENTIALS',
      Policies: {
        PasswordPolicy: { MinimumLength: 8, RequireNumbers: true, RequireLowercase: true, RequireUppercase: false, RequireSymbols: false },
      },
    });
  });

  it('tells nobody who exists, uses refresh tokens once and opens no way in but its own functions', () => {
    template.hasResourceProperties('AWS::Cognito::UserPoolClient', {
      PreventUserExistenceErrors: 'ENABLED',
      EnableTokenRevocation: true,
      ExplicitAuthFlows: ['ALLOW_ADMIN_USER_PASSWORD_AUTH'],
      AllowedOAuthFlowsUserPoolClient: false,
      AllowedOAuthFlows: Match.absent(),
      GenerateSecret: true,
      RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 0 },
      AccessTokenValidity: 15,
      IdTokenValidity: 15,
      RefreshTokenValidity: 30 * 1_440,
      WriteAttributes: ['email', 'name'],
      ReadAttributes: ['email', 'email_verified', 'name'],
    });
  });

  it('has the admin group', () => {
    template.resourceCountIs('AWS::Cognito::UserPoolGroup', 1);
    template.hasResourceProperties('AWS::Cognito::UserPoolGroup', { GroupName: 'admins' });
    expect(built.groups).toEqual(['admins']);
  });

  it('counts attempts in a table that forgets', () => {
    template.hasResourceProperties('AWS::DynamoDB::Table', {
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
    });
  });

  it('allows each function what it calls, on this pool and this table only', () => {
    expect(actionsOf(template, 'Accounts')).toEqual([
      ...['AdminInitiateAuth', 'AdminRespondToAuthChallenge', 'AdminSetUserMFAPreference', 'AdminUserGlobalSignOut'].map(
        (name) => `cognito-idp:${name}`,
      ),
      'cognito-idp:DescribeUserPoolClient',
      ...['dynamodb:DeleteItem', 'dynamodb:UpdateItem', 'logs:CreateLogStream', 'logs:PutLogEvents'],
    ]);
    expect(actionsOf(template, 'AuthUsers').filter((action) => action.startsWith('cognito-idp:'))).toEqual(
      [
        ...['AdminAddUserToGroup', 'AdminCreateUser', 'AdminDeleteUser', 'AdminDisableUser', 'AdminEnableUser', 'AdminGetUser'],
        ...['AdminListGroupsForUser', 'AdminRemoveUserFromGroup', 'AdminUserGlobalSignOut', 'ListUsers'],
      ].map((name) => `cognito-idp:${name}`),
    );
    expect(statementsOf(template).filter(({ Resource }) => JSON.stringify(Resource).includes('*'))).toEqual([]);
  });

  it('has a route for each operation of the contract', () => {
    const keys = Object.values(template.findResources('AWS::ApiGatewayV2::Route')).map((route) => route['Properties'].RouteKey);
    for (const { method, path } of Object.values({ ...accountRoutes, ...userRoutes })) expect(keys).toContain(`${method} ${path}`);
  });

  it('goes when its stack is deleted', () => {
    template.hasResource('AWS::Cognito::UserPool', { DeletionPolicy: 'Delete', Properties: { DeletionProtection: 'INACTIVE' } });
    template.hasResource('AWS::DynamoDB::Table', { DeletionPolicy: 'Delete' });
  });
});

describe('Auth with everything set', () => {
  const { template, built } = synthAuth({
    groups: ['editors'],
    adminGroup: 'staff',
    password: { minLength: 12, requireDigits: false, requireLowercase: false, requireUppercase: true, requireSymbols: true },
    accessTokenMinutes: 5,
    refreshTokenDays: 1,
    selfRegistration: false,
    stage: 'production',
  });

  it('takes policy, lives of tokens and groups', () => {
    template.hasResourceProperties('AWS::Cognito::UserPool', {
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
      Policies: {
        PasswordPolicy: { MinimumLength: 12, RequireNumbers: false, RequireLowercase: false, RequireUppercase: true, RequireSymbols: true },
      },
    });
    template.hasResourceProperties('AWS::Cognito::UserPoolClient', { AccessTokenValidity: 5, RefreshTokenValidity: 1_440 });
    expect(built.groups).toEqual(['staff', 'editors']);
    template.resourceCountIs('AWS::Cognito::UserPoolGroup', 2);
    template.hasResourceProperties('AWS::Lambda::Function', { Environment: { Variables: { AUTH_ADMIN_GROUP: 'staff' } } });
  });

  it('keeps people and recovery codes in production', () => {
    template.hasResource('AWS::Cognito::UserPool', { DeletionPolicy: 'Retain', Properties: { DeletionProtection: 'ACTIVE' } });
    template.hasResource('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Retain',
      Properties: {
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        SSESpecification: { SSEEnabled: true },
      },
    });
  });
});

describe('Auth with resources of the user', () => {
  it('uses them and makes none of its own', () => {
    const { template, built } = synth((stack) => {
      const userPool = new UserPool(stack, 'Pool');
      return new Auth(stack, 'Auth', {
        api: new Api(stack, 'Api'),
        userPool,
        userPoolClient: new UserPoolClient(stack, 'Client', { userPool }),
        attemptsTable: new Table(stack, 'Mine', { partitionKey: { name: 'id', type: AttributeType.STRING } }),
      });
    });
    template.resourceCountIs('AWS::Cognito::UserPool', 1);
    template.resourceCountIs('AWS::Cognito::UserPoolClient', 1);
    template.resourceCountIs('AWS::Cognito::UserPoolGroup', 0);
    template.resourceCountIs('AWS::DynamoDB::Table', 1);
    expect([built.userPool.node.id, built.userPoolClient.node.id, built.attemptsTable.node.id]).toEqual(['Pool', 'Client', 'Mine']);
  });
});

describe('Auth refuses', () => {
  it('options that Cognito would refuse', () => {
    const stack = emptyStack();
    expect(() => new Auth(stack, 'Auth', { api: new Api(stack, 'Api'), accessTokenMinutes: 1 })).toThrow(/auth\.accessTokenMinutes is 1/);
  });
});
