import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { CloudFormationCustomResourceEvent, CloudFormationCustomResourceResponse, Context } from 'aws-lambda';

/** What a custom resource is made with: the properties of the template, all of them texts, lists or objects of texts. */
export type ResourceProperties = Readonly<Record<string, unknown>>;

/** What there is after a step. */
export interface ResourceOutcome {
  /** Names the resource. When an update gives another one, CloudFormation removes the old resource once the stack is updated. */
  readonly physicalId: string;
  /** What `Fn::GetAtt` reads. Everybody who may look at the stack can read it: never a secret. At most 4 KB. @default nothing */
  readonly attributes?: Readonly<Record<string, string>>;
}

/** One kind of custom resource. Each step may come more than once and must then end the same. */
export interface ResourceSteps {
  readonly create: (properties: ResourceProperties) => Promise<ResourceOutcome>;
  /** @param physicalId what the step before has named */
  readonly update: (properties: ResourceProperties, physicalId: string, before: ResourceProperties) => Promise<ResourceOutcome>;
  /** A resource that is gone already is no error. */
  readonly remove: (properties: ResourceProperties, physicalId: string) => Promise<void>;
}

/** Thrown by steps on purpose: its text is shown with the stack's events, so it holds no secret and says what to do. */
export class ResourceError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ResourceError';
  }
}

/** The id of what a failed create has not made. CloudFormation asks for its removal, and nothing is there to be removed. */
const neverMade = 'plinth:never-made';
/** The answer must be on its way before Lambda stops the function: without one, the stack waits for an hour. */
const reserveMs = 3_000;
const answerAttempts = 4;

type Answer = Pick<CloudFormationCustomResourceResponse, 'Status' | 'PhysicalResourceId' | 'Reason' | 'Data'>;

const putOnce = (url: URL, body: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? requestHttps : requestHttp;
    // S3 has signed the URL for a request without a type.
    const headers = { 'content-type': '', 'content-length': Buffer.byteLength(body) };
    const request = send(url, { method: 'PUT', headers, timeout: 5_000 }, (response) => {
      response.resume();
      response.on('end', () => {
        const status = response.statusCode ?? 0;
        if (status >= 200 && status < 300) resolve();
        else reject(new Error(`the answer to CloudFormation was refused with ${status}`));
      });
    });
    request.on('timeout', () => request.destroy(new Error('the answer to CloudFormation took too long')));
    request.on('error', reject);
    request.end(body);
  });

const put = async (url: string, body: string, attempt = 1): Promise<void> => {
  try {
    await putOnce(new URL(url), body);
  } catch (error) {
    if (attempt === answerAttempts) throw error;
    await new Promise((resolve) => setTimeout(resolve, 100 * 2 ** attempt));
    await put(url, body, attempt + 1);
  }
};

const run = async (steps: ResourceSteps, event: CloudFormationCustomResourceEvent): Promise<Answer> => {
  const { ServiceToken: _, ...properties } = event.ResourceProperties;
  if (event.RequestType === 'Delete') {
    if (event.PhysicalResourceId !== neverMade) await steps.remove(properties, event.PhysicalResourceId);
    return { Status: 'SUCCESS', PhysicalResourceId: event.PhysicalResourceId };
  }
  const { physicalId, attributes } =
    event.RequestType === 'Create'
      ? await steps.create(properties)
      : await steps.update(properties, event.PhysicalResourceId, event.OldResourceProperties);
  return { Status: 'SUCCESS', PhysicalResourceId: physicalId, ...(attributes && { Data: { ...attributes } }) };
};

/** Errors of others may hold what they were given, so only their names are told. */
const reasonOf = (error: unknown, { logGroupName, logStreamName }: Context): string => {
  const words = error instanceof ResourceError ? error.message : `It failed with ${error instanceof Error ? error.name : typeof error}`;
  return `${words}. The log ${logGroupName}, stream ${logStreamName}, may tell more.`.slice(0, 1_000);
};

const outOfTime = (context: Context): { readonly promise: Promise<never>; readonly cancel: () => void } => {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new ResourceError('It took too long, and was given up: try again')),
    Math.max(0, context.getRemainingTimeInMillis() - reserveMs),
  );
  return { promise, cancel: () => clearTimeout(timer) };
};

/**
 * The handler behind a custom resource of CloudFormation ("Custom resource request and response reference", CloudFormation User
 * Guide): it always answers, good or bad, and tells no secrets when it fails.
 */
export const defineCustomResource =
  (steps: ResourceSteps) =>
  async (event: CloudFormationCustomResourceEvent, context: Context): Promise<void> => {
    const limit = outOfTime(context);
    const known = event.RequestType === 'Create' ? neverMade : event.PhysicalResourceId;
    const answer = await Promise.race([run(steps, event), limit.promise]).catch((error: unknown): Answer => {
      const name = error instanceof Error ? error.name : typeof error;
      const line = { level: 'ERROR', message: 'a custom resource failed', request: event.RequestType, resource: event.LogicalResourceId };
      process.stdout.write(`${JSON.stringify({ ...line, error: name })}\n`);
      return { Status: 'FAILED', PhysicalResourceId: known, Reason: reasonOf(error, context) };
    });
    limit.cancel();
    const { StackId, RequestId, LogicalResourceId } = event;
    await put(event.ResponseURL, JSON.stringify({ ...answer, StackId, RequestId, LogicalResourceId }));
  };
