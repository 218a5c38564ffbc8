import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { isFromLocalPage } from '../../http/aws-origin-guard.ts';
import { renderError } from '../../http/aws-protocol.ts';
import { Outbox } from '../outbox.ts';
import {
  AwsError,
  type AwsRequest,
  type AwsResponse,
  type LocalContext,
  type LocalService,
  type ObjectRead,
  type Principal,
  type ResolvedResource,
} from '../service.ts';
import { type Bucket, readBuckets } from './bucket.ts';
import { corsHeaders, preflight } from './cors.ts';
import { dumpS3 } from './dump.ts';
import { type Job, tell } from './events/job.ts';
import { scanObject } from './events/malware-scan.ts';
import { Lifecycle } from './lifecycle.ts';
import { keyOf, type ObjectPlace, placeOf } from './object-key.ts';
import { getObject, headObject } from './operations/get-object.ts';
import { findRoute } from './routes.ts';
import { objectArn, type S3Call, type S3Engine } from './s3-call.ts';
import { s3Error } from './s3-error.ts';
import { hoistedHeaders, isPresigned, verifyPresigned } from './signing/presigned-url.ts';
import { BlobFolder } from './storage/blob-folder.ts';
import { openDatabase } from './storage/database.ts';
import { UploadStore } from './storage/upload-store.ts';
import { VersionStore } from './storage/version-store.ts';
import { xmlAnswer } from './xml.ts';

/** Who sends a request, and how that is known. */
interface Sender {
  readonly principal: Principal | undefined;
  readonly context: Readonly<Record<string, string>>;
}

/** Amazon S3 of a local run. */
export class S3Service implements LocalService {
  readonly streams = true;
  readonly #engine: S3Engine;
  readonly #lifecycle: Lifecycle;
  readonly #temporary: string | undefined;

  /** Takes up what an earlier run has left to be done, and removes what no object has. */
  constructor(resources: readonly ResolvedResource[], context: LocalContext) {
    this.#temporary = context.folder === undefined ? mkdtempSync(join(tmpdir(), 'plinth-s3-')) : undefined;
    const database = openDatabase(context.folder);
    const blobs = new BlobFolder(context.folder ?? (this.#temporary as string), context.folder !== undefined);
    const versions = new VersionStore(database);
    const outbox = new Outbox<Job>({
      ...{ database, clock: context.clock, log: context.log, source: 's3' },
      deliver: (job, attempts) => (job.kind === 'scan' ? scanObject(engine, job) : tell(context, job, attempts)),
    });
    const engine: S3Engine = {
      ...{ context, database, blobs, versions, outbox },
      buckets: readBuckets(resources),
      uploads: new UploadStore(database),
    };
    this.#engine = engine;
    blobs.removeOrphans(versions.blobNames());
    this.#lifecycle = new Lifecycle(engine);
    outbox.start();
    this.#lifecycle.start();
  }

  async handle(request: AwsRequest): Promise<AwsResponse> {
    const { method, query } = request;
    const presigned = request.principal === undefined && isPresigned(query);
    const headers = presigned ? { ...hoistedHeaders(query), ...request.headers } : request.headers;
    let place: ObjectPlace | undefined;
    let operation: string | undefined;
    return this.#guarded(request.path, async (requestId) => {
      place = placeOf(request.path, request.headers['host']);
      if (method === 'OPTIONS') return preflight(this.#engine.buckets.get(place.bucketName)?.cors, headers);
      const sender = this.#sender(request, presigned);
      if (place.bucketName === '') return this.#listBuckets(request, sender);
      const bucket = this.#bucket(place.bucketName);
      this.#checkOrigin(bucket, request, { anonymous: sender.principal === undefined });
      const route = findRoute(method, place.key, { query, headers });
      if (route === undefined) throw s3Error('NotImplemented', 'Local mode does not have this operation of S3.');
      const body = request.openBody ?? (() => Readable.from([request.body], { objectMode: false }));
      operation = route.name;
      const call = this.#call({ bucket, key: place.key, path: request.path, query, headers, requestId, body }, sender);
      return route.run(call);
    }).then((answer) => {
      const rules = this.#engine.buckets.get(place?.bucketName ?? '')?.cors ?? [];
      const cors = method === 'OPTIONS' ? {} : corsHeaders(rules, method, headers);
      return { ...answer, ...(operation !== undefined && { operation }), headers: { ...answer.headers, ...cors } };
    });
  }

  async readObject({ method, domainName, path, query, headers, as }: ObjectRead): Promise<AwsResponse> {
    return this.#guarded(path, async (requestId) => {
      const name = /^(.+?)\.s3(?:[.-][a-z0-9-]+)?\.amazonaws\.com$/.exec(domainName)?.[1] ?? '';
      const parts = { bucket: this.#bucket(name), key: keyOf(path.slice(1)), path, query: new URLSearchParams(query), headers, requestId };
      const call = this.#call({ ...parts, body: () => Readable.from([]) }, { principal: undefined, context: {} }, as);
      return method === 'HEAD' ? headObject(call) : getObject(call);
    });
  }

  async dump(): Promise<unknown> {
    return dumpS3(this.#engine);
  }

  async dispose(): Promise<void> {
    await this.#lifecycle.stop();
    await this.#engine.outbox.stop();
    this.#engine.database.close();
    if (this.#temporary !== undefined) rmSync(this.#temporary, { recursive: true, force: true });
  }

  #bucket(name: string): Bucket {
    const bucket = this.#engine.buckets.get(name);
    if (bucket === undefined) throw s3Error('NoSuchBucket', undefined, { BucketName: name });
    return bucket;
  }

  #sender(request: AwsRequest, presigned: boolean): Sender {
    if (presigned) {
      const { principal, ageMs } = verifyPresigned(request, this.#engine.context);
      const context = { 's3:authType': 'REST-QUERY-STRING', 's3:signatureversion': 'AWS4-HMAC-SHA256', 's3:signatureAge': String(ageMs) };
      return { principal, context };
    }
    if (request.principal === undefined) return { principal: undefined, context: {} };
    return { principal: request.principal, context: { 's3:authType': 'REST-HEADER', 's3:signatureversion': 'AWS4-HMAC-SHA256' } };
  }

  /** A page from elsewhere may send what is signed, forms with a policy, and what the bucket's rules of CORS name. */
  #checkOrigin({ cors }: Bucket, { method, headers }: AwsRequest, { anonymous }: { anonymous: boolean }): void {
    const form = method === 'POST' && headers['content-type']?.startsWith('multipart/form-data') === true;
    if (!anonymous || form || isFromLocalPage(headers) || 'access-control-allow-origin' in corsHeaders(cors, method, headers)) return;
    throw s3Error('AccessDenied', "Only pages of this machine, and those that the bucket's CORS rules name, may send unsigned requests.");
  }

  #call(
    parts: Pick<S3Call, 'bucket' | 'key' | 'path' | 'query' | 'headers' | 'requestId' | 'body'>,
    { principal, context: shared }: Sender,
    as?: ObjectRead['as'],
  ): S3Call {
    const { bucket, key } = parts;
    const { context } = this.#engine;
    const own = key === '' ? bucket.arn : objectArn(bucket, key);
    const anonymous = principal === undefined && as === undefined;
    const authorize: S3Call['authorize'] = (action, more = {}, resourceArn = own) => {
      if (as !== undefined) context.authorizeService(as.service, `s3:${action}`, resourceArn, as.sourceArn, more);
      else if (anonymous && bucket.blocksPublic) throw s3Error('AccessDenied');
      else context.authorize(principal, `s3:${action}`, resourceArn, { ...shared, ...more });
    };
    return { ...parts, engine: this.#engine, principal, anonymous, authorize };
  }

  #listBuckets({ method }: AwsRequest, { principal, context }: Sender): AwsResponse {
    if (method !== 'GET') throw s3Error('MethodNotAllowed');
    this.#engine.context.authorize(principal, 's3:ListAllMyBuckets', '*', context);
    const Bucket = [...this.#engine.buckets.keys()].sort().map((Name) => ({ Name, CreationDate: '1970-01-01T00:00:00.000Z' }));
    const Owner = { ID: this.#engine.context.account.accountId };
    return { ...xmlAnswer('ListAllMyBucketsResult', { Owner, Buckets: { Bucket } }), operation: 'ListBuckets' };
  }

  /** Answers refusals as S3 does; what is no refusal is the endpoint's. */
  async #guarded(path: string, work: (requestId: string) => Promise<AwsResponse>): Promise<AwsResponse> {
    const requestId = randomUUID();
    const ids = { 'x-amz-request-id': requestId, 'x-amz-id-2': requestId };
    try {
      const answer = await work(requestId);
      return { ...answer, headers: { ...ids, ...answer.headers } };
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      const answer = renderError(error, { protocol: 'rest-xml', service: 's3', requestId, path });
      return { ...answer, headers: { ...ids, ...answer.headers } };
    }
  }
}
