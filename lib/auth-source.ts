import type { IUserPool, IUserPoolClient } from 'aws-cdk-lib/aws-cognito';

/** What other features need to know of accounts. An `Auth` is one; with a user pool of your own, so is a plain object. */
export interface AuthSource {
  readonly userPool: IUserPool;
  readonly userPoolClient: IUserPoolClient;
  /** The groups that rules may name. */
  readonly groups: readonly string[];
  readonly adminGroup: string;
}
