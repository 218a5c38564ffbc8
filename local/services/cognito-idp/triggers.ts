import { AwsError, type LocalContext } from '../service.ts';
import type { UserPool } from './user-pool.ts';
import type { User } from './users-store.ts';

type TriggerName = 'PreSignUp' | 'PostConfirmation' | 'PreAuthentication' | 'PostAuthentication' | 'PreTokenGeneration' | 'CustomMessage';

/** One occasion on which AWS would call a Lambda trigger. */
interface TriggerOccasion {
  readonly trigger: TriggerName;
  /** For example `PreSignUp_AdminCreateUser`. */
  readonly source: string;
  readonly username: string;
  /** Absent for operations that an administrator calls. */
  readonly clientId: string | undefined;
  readonly request: Readonly<Record<string, unknown>>;
  readonly response?: Readonly<Record<string, unknown>>;
  /** @default '1' */
  readonly version?: string;
}

/** What AWS puts into `callerContext.clientId` when no app client is involved. */
const NO_CLIENT = 'CLIENT_ID_NOT_APPLICABLE';

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A user's attributes as triggers see them. */
export function triggerAttributes(user: User): Record<string, string> {
  return { ...user.attributes, 'cognito:user_status': user.status };
}

/** Calls the Lambda triggers of a pool through local mode's Lambda, with AWS's event shape. */
export class Triggers {
  readonly #context: LocalContext;

  constructor(context: LocalContext) {
    this.#context = context;
  }

  has(pool: UserPool, trigger: TriggerName): boolean {
    return pool.triggers[trigger] !== undefined;
  }

  /**
   * @returns the `response` that the trigger gave, or the one of the occasion when the pool has no such trigger.
   * @throws AwsError `UserLambdaValidationException` when the function threw, `InvalidLambdaResponseException` when it
   * returned no event, `UnexpectedLambdaException` when it could not be invoked.
   */
  async run(pool: UserPool, occasion: TriggerOccasion): Promise<Readonly<Record<string, unknown>>> {
    const response = occasion.response ?? {};
    const functionArn = pool.triggers[occasion.trigger];
    if (functionArn === undefined) {
      return response;
    }
    const result = await this.#invoke(functionArn, occasion, {
      version: occasion.version ?? '1',
      triggerSource: occasion.source,
      region: pool.region,
      userPoolId: pool.id,
      userName: occasion.username,
      callerContext: { awsSdkVersion: 'aws-sdk-unknown-unknown', clientId: occasion.clientId ?? NO_CLIENT },
      request: occasion.request,
      response,
    });
    if (!isRecord(result)) {
      throw new AwsError('InvalidLambdaResponseException', 'Unrecognizable lambda output');
    }
    return isRecord(result['response']) ? result['response'] : response;
  }

  async #invoke(functionArn: string, occasion: TriggerOccasion, event: Record<string, unknown>): Promise<unknown> {
    const result = await this.#context.invoke(functionArn, event).catch((cause: unknown) => {
      const reason = cause instanceof Error ? cause.message : String(cause);
      this.#context.log.error('cognito-idp', `the ${occasion.trigger} trigger could not be invoked: ${reason}`);
      throw new AwsError('UnexpectedLambdaException', `${occasion.trigger} invocation failed due to error ${reason}.`, { cause });
    });
    if (result.functionError !== undefined) {
      const message = isRecord(result.payload) ? String(result.payload['errorMessage'] ?? 'unknown') : 'unknown';
      throw new AwsError('UserLambdaValidationException', `${occasion.trigger} failed with error ${message}.`);
    }
    return result.payload;
  }
}
