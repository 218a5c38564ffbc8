import {
  CreatePlatformEndpointCommand,
  DeleteEndpointCommand,
  GetEndpointAttributesCommand,
  InvalidParameterException,
  NotFoundException,
  SetEndpointAttributesCommand,
  SNSClient,
  SubscribeCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import { ApiError } from '../../contracts/errors.ts';
import { validationError } from '../runtime/validate-body.ts';

const client = new SNSClient({
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
});

/** Runs calls of SNS; what is not our fault is told as such. */
const reach = async <T>(call: () => Promise<T>): Promise<T> => {
  try {
    return await call();
  } catch (cause) {
    if (cause instanceof ApiError || cause instanceof InvalidParameterException || cause instanceof NotFoundException) throw cause;
    const { name, $retryable, $metadata, code } = cause as {
      name?: string;
      $retryable?: unknown;
      $metadata?: { httpStatusCode?: number };
      code?: string;
    };
    const status = $metadata?.httpStatusCode;
    const isBusy = /thrott/i.test(name ?? '') || status === 429 || (status ?? 500) >= 500;
    const isPassing = isBusy || $retryable !== undefined || code !== undefined;
    if (!isPassing) throw cause;
    throw new ApiError('unavailable', 'The push service of AWS cannot be reached. Try again in a moment.', { retryAfterSeconds: 2, cause });
  }
};

const ignoreMissing = async (call: () => Promise<unknown>): Promise<void> => {
  try {
    await reach(call);
  } catch (error) {
    if (!(error instanceof NotFoundException)) throw error;
  }
};

/** What SNS says when a token has an endpoint whose attributes are others: its ARN is in the text only. */
const otherEndpoint = /Endpoint (arn:\S+) already exists with the same Token, but different attributes/;

/** A device's token, the application that takes it, and whose it is. */
export interface EndpointRequest {
  readonly application: string;
  readonly token: string;
  readonly data: string;
}

const create = async ({ application, token, data }: EndpointRequest): Promise<{ readonly arn: string; readonly isOther: boolean }> => {
  const command = new CreatePlatformEndpointCommand({
    PlatformApplicationArn: application,
    Token: token,
    CustomUserData: data,
    Attributes: { Enabled: 'true' },
  });
  try {
    const { EndpointArn = '' } = await reach(() => client.send(command));
    return { arn: EndpointArn, isOther: false };
  } catch (error) {
    if (!(error instanceof InvalidParameterException)) throw error;
    const arn = otherEndpoint.exec(error.message)?.[1];
    if (arn !== undefined) return { arn, isOther: true };
    throw validationError([
      { pointer: '/token', code: 'invalid_format', detail: 'The token is none of this platform. Send it as the device has it.' },
    ]);
  }
};

/** Enables an endpoint, whatever SNS has done to it. False if there is none. */
const enable = async (endpointArn: string, { token, data }: EndpointRequest): Promise<boolean> => {
  const Attributes = { Enabled: 'true', Token: token, CustomUserData: data };
  try {
    await reach(() => client.send(new SetEndpointAttributesCommand({ EndpointArn: endpointArn, Attributes })));
    return true;
  } catch (error) {
    if (error instanceof NotFoundException || error instanceof InvalidParameterException) return false;
    throw error;
  }
};

const isOwn = async (endpointArn: string, data: string): Promise<boolean> => {
  try {
    const { Attributes = {} } = await reach(() => client.send(new GetEndpointAttributesCommand({ EndpointArn: endpointArn })));
    return Attributes['CustomUserData'] === data;
  } catch (error) {
    if (error instanceof NotFoundException) return false;
    throw error;
  }
};

/** Somebody else makes and deletes the same endpoint meanwhile: some more rounds tell who was last. */
const maxRounds = 4;

/**
 * The endpoint of a device, enabled. One that SNS has of somebody else ends first, with all that is subscribed to it.
 *
 * @param known the endpoint that the device had
 * @throws ApiError `validation_failed` for what is no token of the platform, `write_conflict`, `unavailable`
 */
export const ensureEndpoint = async (request: EndpointRequest, known: string | undefined): Promise<string> => {
  if (known !== undefined && (await enable(known, request))) return known;
  for (let round = 1; round <= maxRounds; round += 1) {
    const { arn, isOther } = await create(request);
    if (!isOther) return arn;
    if (!(await isOwn(arn, request.data))) await deleteEndpoint(arn);
    else if (await enable(arn, request)) return arn;
  }
  throw new ApiError('write_conflict', 'The device is being registered elsewhere. Try again in a moment.');
};

/** Ends an endpoint: nothing reaches the device by it any more, however it is subscribed. */
export const deleteEndpoint = async (endpointArn: string): Promise<void> => {
  await ignoreMissing(() => client.send(new DeleteEndpointCommand({ EndpointArn: endpointArn })));
};

/**
 * Subscribes an endpoint to a topic; once is enough, however often it is asked for.
 *
 * @returns the ARN of the subscription; undefined if the endpoint is gone
 */
export const subscribe = async (topicArn: string, endpointArn: string): Promise<string | undefined> => {
  const command = new SubscribeCommand({ TopicArn: topicArn, Protocol: 'application', Endpoint: endpointArn, ReturnSubscriptionArn: true });
  try {
    const { SubscriptionArn } = await reach(() => client.send(command));
    return SubscriptionArn;
  } catch (error) {
    if (error instanceof NotFoundException || error instanceof InvalidParameterException) return undefined;
    throw error;
  }
};

/** Ends a subscription. */
export const unsubscribe = async (subscriptionArn: string): Promise<void> => {
  await ignoreMissing(() => client.send(new UnsubscribeCommand({ SubscriptionArn: subscriptionArn })));
};
