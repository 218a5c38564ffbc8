import { S3Client } from '@aws-sdk/client-s3';
import { Clock } from '../../../../local/clock.ts';
import { AwsCredentialStore } from '../../../../local/http/aws-credentials.ts';
import { AwsEndpoint } from '../../../../local/http/aws-endpoint.ts';
import { Inbox } from '../../../../local/inbox.ts';
import { type LocalLog, silentLog } from '../../../../local/log.ts';
import { Iam } from '../../../../local/services/iam/iam.ts';
import { iamResourceTypes, identifyIam } from '../../../../local/services/iam/iam-resources.ts';
import { s3 } from '../../../../local/services/s3/s3.ts';
import { S3Service } from '../../../../local/services/s3/s3-service.ts';
import type { AwsCredentials, LocalContext, LocalService, ResolvedResource, TemplateResource } from '../../../../local/services/service.ts';

const account = { accountId: '111122223333', region: 'eu-west-1', partition: 'aws' };
const addresses = { apiUrl: 'http://127.0.0.1:1', endpointUrl: 'http://127.0.0.1:1' };

type Properties = Record<string, unknown>;

/** A message that S3 has handed to another service. */
export interface Told {
  readonly arn: string;
  readonly message: Record<string, unknown>;
}

export interface S3Options {
  /** Properties of the buckets by name. */
  readonly buckets?: Readonly<Record<string, Properties>>;
  readonly resources?: readonly Omit<TemplateResource, 'stackName'>[];
  /** What the role `worker` may do. */
  readonly worker?: readonly object[];
  readonly folder?: string | undefined;
  readonly clock?: Clock;
  readonly log?: LocalLog;
  /** Other services by their signing names. @default queues, topics, functions and buses that take everything */
  readonly services?: (name: string) => Pick<LocalService, 'deliver'> | undefined;
}

export interface RunningS3 {
  readonly url: string;
  readonly clock: Clock;
  readonly service: S3Service;
  readonly told: Told[];
  /** May do everything. */
  readonly root: S3Client;
  /** May do what `worker` says. */
  readonly worker: S3Client;
  readonly workerCredentials: AwsCredentials;
  dispose(): Promise<void>;
}

export const bucketArn = (name: string): string => `arn:aws:s3:::${name}`;

export const resolved = (resource: Omit<TemplateResource, 'stackName'>): ResolvedResource => {
  const bare = { ...resource, stackName: 'Stack' };
  const identify = iamResourceTypes.includes(bare.type) ? identifyIam : s3.identify;
  return { ...bare, ...identify(bare, account, addresses) };
};

/** Runs S3 behind the AWS endpoint, with the decisions of IAM. */
export async function runS3(options: S3Options = {}): Promise<RunningS3> {
  const { buckets = { photos: {} }, resources: more = [], worker = [], log = silentLog, clock = new Clock() } = options;
  const policies = [{ PolicyName: 'p', PolicyDocument: { Version: '2012-10-17', Statement: worker } }];
  const resources = [
    ...Object.entries(buckets).map(([BucketName, own]) => ({
      logicalId: `Bucket${BucketName}`,
      type: 'AWS::S3::Bucket',
      properties: { BucketName, ...own },
    })),
    { logicalId: 'Worker', type: 'AWS::IAM::Role', properties: { RoleName: 'worker', Policies: policies } },
    ...more,
  ].map(resolved);
  const iam = new Iam(resources, { account, clock, log });
  const credentials = new AwsCredentialStore(iam.root);
  const endpoint = new AwsEndpoint({ iam, credentials, log, tools: (_request, response) => response.end() });
  await endpoint.listen(0);
  const url = `http://127.0.0.1:${endpoint.port}`;
  const told: Told[] = [];
  const deliver = async (arn: string, message: string): Promise<void> => {
    told.push({ arn, message: JSON.parse(message) });
  };
  const services = options.services ?? (() => ({ deliver }));
  const context = {
    ...{ account, clock, log, folder: options.folder, inbox: new Inbox(), endpointUrl: url },
    authorize: iam.authorize.bind(iam),
    authorizeService: iam.authorizeService.bind(iam),
    authorizeRole: (roleArn: string, session: string, action: string, arn: string) =>
      iam.authorize(iam.assumedRole(roleArn, session), action, arn),
    keyOwner: (id: string) => credentials.owner(id),
    service: (name: string) => services(name) as LocalService | undefined,
  } as unknown as LocalContext;
  const service = new S3Service(resources, context);
  endpoint.add('s3', service);
  const session = credentials.ofSession(iam.assumedRole('arn:aws:iam::111122223333:role/worker', 'test'));
  const client = (keys: Omit<AwsCredentials, 'sessionToken'>): S3Client =>
    new S3Client({ endpoint: url, region: account.region, credentials: keys, forcePathStyle: true, maxAttempts: 1 });
  return {
    ...{ url, clock, service, told },
    root: client(credentials.root),
    worker: client(session),
    workerCredentials: session,
    dispose: async () => {
      await endpoint.dispose(100);
      await service.dispose();
    },
  };
}

/** The error's code and status, or what the call gave. */
export async function outcomeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'done';
  } catch (error) {
    const { name, $metadata } = error as { name: string; $metadata?: { httpStatusCode?: number } };
    return `${$metadata?.httpStatusCode ?? ''} ${name}`;
  }
}

/** Waits until something holds. */
export async function until(holds: () => boolean | Promise<boolean>, ms = 60_000): Promise<void> {
  const end = Date.now() + ms;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error('it did not come to hold');
    await new Promise((done) => setTimeout(done, 10));
  }
}
