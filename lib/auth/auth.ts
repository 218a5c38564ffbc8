import { CfnUserPoolGroup, type IUserPool, type IUserPoolClient } from 'aws-cdk-lib/aws-cognito';
import { AttributeType, BillingMode, type ITable, Table } from 'aws-cdk-lib/aws-dynamodb';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { type AuthOptions, accountRoutes, attemptsTable, userRoutes } from '../../contracts/auth.ts';
import { variables } from '../../contracts/variables.ts';
import type { Api } from '../api/api.ts';
import { FeatureFunction, type FunctionOptions } from '../api/feature-function.ts';
import { lambdaEntry } from '../api/lambda-entry.ts';
import type { AuthSource } from '../auth-source.ts';
import { dataRemovalPolicy, type Stage, tableEncryption } from '../stage.ts';
import { authModule, authRequestSchemas } from './auth-module.ts';
import { authReplySchemas } from './auth-reply-schemas.ts';
import { type CompleteAuthOptions, completeAuthOptions } from './complete-auth-options.ts';
import { createUserPool, createUserPoolClient } from './create-user-pool.ts';

export interface AuthProps extends AuthOptions, FunctionOptions {
  /** The API that gets the routes `/auth/*` and `/admin/users*`. */
  readonly api: Api;
  /** A user pool of your own. Its settings stay yours. @default - a new one is made */
  readonly userPool?: IUserPool;
  /** An app client of your own. It must allow `ALLOW_ADMIN_USER_PASSWORD_AUTH`. @default - a new one is made */
  readonly userPoolClient?: IUserPoolClient;
  /** A table of your own for the counts of attempts, with the string key `id`. @default - a new one is made */
  readonly attemptsTable?: ITable;
  /** Has the functions able to announce deletions, for `Events.addUsers`. @default false */
  readonly tellsDeletions?: boolean;
  /**
   * A function that is asked before somebody registers, and may refuse it or change the name (docs/hooks.md). Whom admins invite, it
   * is not asked about. `later`: it is given with `connectSignUpHook`, since it is made after the accounts.
   * @default nobody is asked
   */
  readonly beforeSignUp?: IFunction | 'later';
  /** @default that of the API */
  readonly stage?: Stage;
}

/**
 * Operations that Cognito lets no caller make without the permission. The others go by the user's own token or by the client's
 * id, and need none.
 */
const accountActions = [
  'cognito-idp:AdminInitiateAuth',
  'cognito-idp:AdminRespondToAuthChallenge',
  'cognito-idp:AdminSetUserMFAPreference',
  'cognito-idp:AdminUserGlobalSignOut',
  // For the secret of the app client.
  'cognito-idp:DescribeUserPoolClient',
];
const userActions = [
  'cognito-idp:AdminAddUserToGroup',
  'cognito-idp:AdminCreateUser',
  'cognito-idp:AdminDeleteUser',
  'cognito-idp:AdminDisableUser',
  'cognito-idp:AdminEnableUser',
  'cognito-idp:AdminGetUser',
  'cognito-idp:AdminListGroupsForUser',
  'cognito-idp:AdminRemoveUserFromGroup',
  'cognito-idp:AdminUserGlobalSignOut',
  'cognito-idp:ListUsers',
];

const functionOptions = ({ memorySizeMb, logRetention, tracing }: FunctionOptions): FunctionOptions => ({
  memorySizeMb,
  logRetention,
  tracing,
});

/** What only a backend with events sends its messages with. */
const queueClient = '@aws-sdk/client-sqs';
const unusedModules = ({ tellsDeletions = false }: AuthProps): readonly string[] => (tellsDeletions ? [] : [queueClient]);

const attemptActions = ['dynamodb:DeleteItem', 'dynamodb:UpdateItem'];

/**
 * Accounts: people register, log in, recover their access and use a second factor; admins look after them.
 *
 * @example
 * ```ts
 * const auth = new Auth(this, 'Auth', { api, groups: ['editors'], password: { minLength: 12 } });
 * ```
 */
export class Auth extends Construct implements AuthSource {
  readonly userPool: IUserPool;
  readonly userPoolClient: IUserPoolClient;
  readonly attemptsTable: ITable;
  readonly groups: readonly string[];
  readonly adminGroup: string;
  /** Whether the functions can announce deletions. */
  readonly tellsDeletions: boolean;
  /** The function behind `/auth/*`. */
  readonly accounts: FeatureFunction;
  /** The function behind `/admin/users*`. */
  readonly users: FeatureFunction;

  private readonly asksBeforeSignUp: boolean;
  private isHookConnected = false;

  /** @throws Error for options that Cognito would refuse */
  constructor(scope: Construct, id: string, props: AuthProps) {
    super(scope, id);
    const options = completeAuthOptions(props);
    const stage = props.stage ?? props.api.stage;
    this.groups = [options.adminGroup, ...options.groups];
    this.adminGroup = options.adminGroup;
    this.tellsDeletions = props.tellsDeletions ?? false;
    this.userPool = props.userPool ?? createUserPool(this, 'UserPool', options, stage);
    this.userPoolClient = props.userPoolClient ?? createUserPoolClient(this, 'UserPoolClient', this.userPool, options);
    if (props.userPool === undefined) this.createGroups();
    this.attemptsTable = props.attemptsTable ?? this.createAttemptsTable(stage);
    this.accounts = this.createAccounts(props, options, stage);
    this.asksBeforeSignUp = props.beforeSignUp !== undefined;
    this.users = this.createUsers(props, options, stage);
    this.connectGivenHook(props);
    props.api.addRoutes('Accounts', accountRoutes, this.accounts.function);
    props.api.addRoutes('Users', userRoutes, this.users.function);
    props.api.describe({ requests: authRequestSchemas(Object.keys({ ...accountRoutes, ...userRoutes })), replies: authReplySchemas() });
  }

  /**
   * Gives the function that is asked before somebody registers, where `beforeSignUp` is `later`.
   *
   * @throws Error where nobody is to be asked
   */
  connectSignUpHook(target: IFunction): void {
    if (!this.asksBeforeSignUp) throw new Error('auth asks nobody before a registration: give it the prop beforeSignUp');
    this.isHookConnected = true;
    this.accounts.function.addEnvironment(variables.signUpHook, target.functionArn);
    this.accounts.addGrant({ actions: ['lambda:InvokeFunction'], resources: [target.functionArn] });
  }

  private connectGivenHook({ beforeSignUp }: AuthProps): void {
    if (beforeSignUp !== undefined && beforeSignUp !== 'later') this.connectSignUpHook(beforeSignUp);
    const missing = 'no function was given for the hook before a registration: call connectSignUpHook()';
    this.node.addValidation({ validate: () => (this.asksBeforeSignUp && !this.isHookConnected ? [missing] : []) });
  }

  private createGroups(): void {
    for (const groupName of this.groups) {
      new CfnUserPoolGroup(this, `Group-${groupName}`, { userPoolId: this.userPool.userPoolId, groupName });
    }
  }

  private createAttemptsTable(stage: Stage): Table {
    return new Table(this, 'Attempts', {
      partitionKey: { name: attemptsTable.partitionKey, type: AttributeType.STRING },
      timeToLiveAttribute: attemptsTable.timeToLive,
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: tableEncryption(stage),
      // It holds recovery codes, so it is kept like the pool.
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: stage === 'production' },
      deletionProtection: stage === 'production',
      removalPolicy: dataRemovalPolicy(stage),
    });
  }

  private createAccounts(props: AuthProps, options: CompleteAuthOptions, stage: Stage): FeatureFunction {
    return new FeatureFunction(this, 'Accounts', {
      ...functionOptions(props),
      description: 'Plinth: registration, login and the own account',
      entry: lambdaEntry('auth/handler.ts'),
      modules: { '@compiled/auth': authModule(options, Object.keys(accountRoutes), props.beforeSignUp !== undefined) },
      unusedModules: unusedModules(props),
      environment: { ...this.environment(), [variables.attemptsTable]: this.attemptsTable.tableName },
      grants: [
        { actions: accountActions, resources: [this.userPool.userPoolArn] },
        { actions: attemptActions, resources: [this.attemptsTable.tableArn] },
      ],
      stage,
    });
  }

  private createUsers(props: AuthProps, options: CompleteAuthOptions, stage: Stage): FeatureFunction {
    return new FeatureFunction(this, 'Users', {
      ...functionOptions(props),
      description: 'Plinth: accounts, for admins',
      entry: lambdaEntry('auth/users-handler.ts'),
      modules: { '@compiled/auth': authModule(options, Object.keys(userRoutes)) },
      unusedModules: unusedModules(props),
      environment: { ...this.environment(), [variables.attemptsTable]: this.attemptsTable.tableName },
      grants: [
        { actions: userActions, resources: [this.userPool.userPoolArn] },
        // The recovery codes go with a deleted account.
        { actions: ['dynamodb:DeleteItem'], resources: [this.attemptsTable.tableArn] },
      ],
      stage,
    });
  }

  private environment(): Record<string, string> {
    return {
      [variables.userPoolId]: this.userPool.userPoolId,
      [variables.userPoolClientId]: this.userPoolClient.userPoolClientId,
      [variables.adminGroup]: this.adminGroup,
    };
  }
}
