import type { Readable } from 'node:stream';
import type { Clock } from '../clock.ts';
import type { Inbox } from '../inbox.ts';
import type { LocalLog } from '../log.ts';

/** The account that local mode pretends to be. Every ARN of a run is made from it. */
export interface LocalAccount {
  readonly accountId: string;
  readonly region: string;
  readonly partition: string;
}

/** One resource of the synthesized template, before its intrinsics are resolved. */
export interface TemplateResource {
  readonly logicalId: string;
  readonly stackName: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** What `Ref` and `Fn::GetAtt` give for one resource. */
export interface ResourceIdentity {
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** A resource whose properties hold no intrinsic any more. */
export interface ResolvedResource extends TemplateResource, ResourceIdentity {}

/** The role in whose name a request comes, or `root` for the person at the machine (CLI, tests, console). */
export interface Principal {
  readonly arn: string;
}

/** A request to an AWS service after SigV4 parsing. */
export interface AwsRequest {
  readonly method: string;
  /** Path without the query string, still percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Empty where the service takes bodies as streams. */
  readonly body: Buffer;
  /**
   * Opens the body of a service that {@link LocalService.streams}. Until then a client that sent `Expect: 100-continue` keeps it back.
   * The stream fails when the client goes away.
   */
  readonly openBody?: () => Readable;
  /** The operation by the service's own name, for example `PutItem`. Empty for REST services. */
  readonly operation: string;
  /** Undefined for operations that AWS leaves unsigned, for example Cognito's `SignUp`. */
  readonly principal: Principal | undefined;
  /**
   * Asks whether the principal may do this; throws {@link AwsError} `AccessDeniedException` otherwise.
   * A service calls it once for each (action, resource) that AWS would check, before it reads or writes anything.
   * `context` holds the service's own condition keys, for example `dynamodb:LeadingKeys`.
   */
  authorize(action: string, resourceArn: string, context?: Readonly<Record<string, string | string[]>>): void;
}

export interface AwsResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** A stream comes with its `content-length`; whoever takes the answer reads it to the end or destroys it. */
  readonly body: Buffer | string | Readable;
  /** By S3's own name, for example `PutObject`: its requests don't hold it. The endpoint counts by it. */
  readonly operation?: string;
  /** The capacity units that AWS would bill for this request. The endpoint counts them and sends nothing of it. */
  readonly units?: { readonly read: number; readonly write: number };
}

/** What AWS answers for a refused request. The endpoint renders it in the protocol of the service. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  /** Further members of the error document, for example `CancellationReasons`. */
  readonly members: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, options: { status?: number; members?: Record<string, unknown>; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = code;
    this.code = code;
    this.status = options.status ?? 400;
    this.members = options.members ?? {};
  }
}

/** Temporary credentials as `AssumeRole` gives them. The access key id is how the endpoint knows the principal. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** Who stands behind an access key. */
export interface KeyOwner {
  readonly principal: Principal;
  readonly credentials: AwsCredentials | Omit<AwsCredentials, 'sessionToken'>;
}

/** Where a run can be reached. Known before any resource is identified, so that attributes may hold them. */
export interface LocalAddresses {
  /** The local API Gateway, `http://127.0.0.1:<port>`. */
  readonly apiUrl: string;
  /** The local AWS endpoint, `http://127.0.0.1:<port>`. */
  readonly endpointUrl: string;
  /** Where the resources answer that have a server of their own (APIs, distributions, function URLs), by `stack/logicalId`. */
  readonly serverUrls?: ReadonlyMap<string, string>;
}

/** What the services of one run share. */
export interface LocalContext {
  readonly account: LocalAccount;
  /** A folder of this service's own for durable state; undefined: keep everything in memory. */
  readonly folder: string | undefined;
  readonly clock: Clock;
  readonly log: LocalLog;
  readonly inbox: Inbox;
  /** The local AWS endpoint, `http://127.0.0.1:<port>`. */
  readonly endpointUrl: string;
  /** Variables for every function beside its own, for example `AWS_ENDPOINT_URL_DYNAMODB` of a fault proxy. */
  readonly environment: Readonly<Record<string, string>>;
  /** The folder or file of the cloud assembly that a template calls `{ S3Bucket, S3Key }`. */
  assetPath(s3Key: string): string | undefined;
  /**
   * Asks whether a service of AWS may do this by the policy of the resource itself (bucket, queue, topic, secret, function), as it does
   * when a bucket tells a queue, or CloudFront reads a bucket. Throws {@link AwsError} `AccessDeniedException` otherwise.
   *
   * @param service for example `s3.amazonaws.com`
   * @param sourceArn the resource in whose name the service acts: `aws:SourceArn`
   * @param context condition keys of the resource's service, for example `s3:ExistingObjectTag/kind`
   */
  authorizeService(
    service: string,
    action: string,
    resourceArn: string,
    sourceArn: string,
    context?: Readonly<Record<string, string | string[]>>,
  ): void;
  /**
   * Asks whether a role may do this, for what AWS does in a role's name without a request: event sources read with the function's role.
   * Throws {@link AwsError} `AccessDeniedException` otherwise.
   */
  authorizeRole(roleArn: string, sessionName: string, action: string, resourceArn: string): void;
  /**
   * As {@link AwsRequest.authorize}, for somebody who is known by a signature that the service has checked itself.
   *
   * @param principal undefined: somebody without credentials, who may do what the resource's policy allows everyone
   */
  authorize(
    principal: Principal | undefined,
    action: string,
    resourceArn: string,
    context?: Readonly<Record<string, string | string[]>>,
  ): void;
  /** Whose key signed a presigned URL or a POST policy. */
  keyOwner(accessKeyId: string): KeyOwner | undefined;
  /** Credentials of a role, for example of a function's; the same for the same role and session in one run. */
  credentialsFor(roleArn: string, sessionName: string): AwsCredentials;
  /** Another running service by its signing name, for what AWS does between services without a request: event sources and destinations. */
  service(signingName: string): LocalService | undefined;
  /** Invokes a local Lambda function and waits for its reply. Rejects with {@link AwsError} as `Invoke` would. */
  invoke(functionArn: string, payload: unknown): Promise<InvokeResult>;
}

export interface InvokeResult {
  readonly payload: unknown;
  /** Set when the handler threw or timed out, as in the `X-Amz-Function-Error` header. */
  readonly functionError?: 'Unhandled' | 'Handled';
}

/** How a service of AWS reads an object in its own name, as CloudFront does. */
export interface ObjectRead {
  readonly method: 'GET' | 'HEAD';
  /** The bucket's `DomainName` or `RegionalDomainName`. */
  readonly domainName: string;
  /** `/` and the key, percent-encoded. */
  readonly path: string;
  /** Without `?`. @default none */
  readonly query?: string;
  /** Names in lower case: `range`, `if-none-match`, … */
  readonly headers: Readonly<Record<string, string>>;
  /** In whose name the bucket's policy is asked, as with an origin access control. @default - nobody's: the object must be public */
  readonly as?: { readonly service: string; readonly sourceArn: string };
}

/** What comes with a message that one service hands to another; only queues and topics look at it. */
export interface HandedMessage {
  /** `BinaryValue` is base64. */
  readonly messageAttributes?: Readonly<
    Record<string, { readonly DataType: string; readonly StringValue?: string; readonly BinaryValue?: string }>
  >;
  readonly messageGroupId?: string | undefined;
  readonly messageDeduplicationId?: string | undefined;
  /** Of a message to a topic. */
  readonly subject?: string;
  /** Who SQS shows as `SenderId`. @default - the account */
  readonly senderId?: string;
}

/** A request to a function URL in the name of a service of AWS, as CloudFront makes it. */
export interface UrlRequest {
  readonly method: string;
  /** Percent-encoded. */
  readonly path: string;
  /** Without `?`. */
  readonly query: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
  readonly sourceIp: string;
  /** In whose name the function's policy is asked, as with an origin access control. @default - nobody's: the URL must be open to all */
  readonly as?: { readonly service: string; readonly sourceArn: string };
}

/**
 * Answers a request below `/_plinth` with JSON, or with nothing.
 *
 * @throws AwsError when the request is wrong
 */
export type LocalTool = (request: { readonly query: URLSearchParams; readonly body: unknown }) => unknown;

/** A running service. */
export interface LocalService {
  /** Takes the bodies of requests by {@link AwsRequest.openBody}, of any size. @default - bodies come whole, up to a limit */
  readonly streams?: true;
  handle(request: AwsRequest): Promise<AwsResponse>;
  /** Only S3 has it. Answers refusals too, as S3 does, with its XML and status; it does not reject for them. */
  readObject?(read: ObjectRead): Promise<AwsResponse>;
  /** Only the Lambda service has it: calls the function URL at a host (`127.0.0.1:<port>`); undefined when there is none. */
  requestUrl?(host: string, request: UrlRequest): Promise<AwsResponse> | undefined;
  /** Only the Lambda service has it: what {@link LocalContext.invoke} calls. */
  invoke?(functionArn: string, payload: unknown): Promise<InvokeResult>;
  /** Only queues, topics, buses and functions have it: takes a message that another service hands on, for example to a dead-letter queue. */
  deliver?(resourceArn: string, message: string, handed?: HandedMessage): Promise<void>;
  /** What people and tests may ask of the service by HTTP, by method and path below `/_plinth`: `PUT /push-failures`. */
  readonly tools?: Readonly<Record<string, LocalTool>>;
  /** What no log may show; another array when it has changed. */
  secrets?(): readonly string[];
  /** Everything that the service stores, as plain JSON, for `plinth dump` and for tests that compare states. */
  dump(): Promise<unknown>;
  dispose(): Promise<void>;
}

/** One AWS service that local mode can run. `local/services/registry.ts` lists them. */
export interface LocalServiceType {
  /** The SigV4 signing name: `dynamodb`, `cognito-idp`, `lambda`, … */
  readonly signingName: string;
  /** The CloudFormation types that it owns. */
  readonly resourceTypes: readonly string[];
  /**
   * Pure: the same resource gets the same names at every start, so that data stays reachable.
   * Its properties are resolved already, as CloudFormation has no circular references.
   */
  identify(resource: TemplateResource, account: LocalAccount, addresses: LocalAddresses): ResourceIdentity;
  start(resources: readonly ResolvedResource[], context: LocalContext): Promise<LocalService>;
}
