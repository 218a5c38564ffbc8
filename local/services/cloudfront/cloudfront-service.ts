import { type ErrorPlace, escapeXml, renderError } from '../../http/aws-protocol.ts';
import { AwsError, type AwsRequest, type AwsResponse, type LocalContext, type LocalService, type ResolvedResource } from '../service.ts';
import { type Distribution, readDistributions } from './distribution.ts';
import { DistributionServer } from './distribution-server.ts';
import { distributionArn } from './identify-cloudfront.ts';
import { type Invalidation, Invalidations } from './invalidations.ts';

interface Running {
  readonly distribution: Distribution;
  readonly server: DistributionServer;
  readonly invalidations: Invalidations;
}

const PATH = /^\/2020-05-31\/distribution\/([^/]+)\/invalidation(?:\/([^/]+))?$/;

/** CloudFront of a local run: a server for each distribution, and the API of invalidations. */
export class CloudFrontService implements LocalService {
  /** Where each distribution answers, by its id. */
  readonly urls: ReadonlyMap<string, string>;
  readonly #running: ReadonlyMap<string, Running>;
  readonly #context: LocalContext;

  private constructor(running: ReadonlyMap<string, Running>, urls: ReadonlyMap<string, string>, context: LocalContext) {
    this.#running = running;
    this.urls = urls;
    this.#context = context;
  }

  static async start(resources: readonly ResolvedResource[], context: LocalContext): Promise<CloudFrontService> {
    const running = new Map<string, Running>();
    const urls = new Map<string, string>();
    for (const distribution of readDistributions(resources, context.account)) {
      const server = new DistributionServer(distribution, context);
      urls.set(distribution.id, await server.listen());
      running.set(distribution.id, { distribution, server, invalidations: new Invalidations() });
    }
    return new CloudFrontService(running, urls, context);
  }

  async handle(request: AwsRequest): Promise<AwsResponse> {
    try {
      return this.#handle(request);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      // CloudFront writes errors down as the query protocol does, though it speaks XML.
      const place: ErrorPlace = { protocol: 'query', service: 'cloudfront', requestId: crypto.randomUUID(), path: request.path };
      return renderError(error, place);
    }
  }

  async dump(): Promise<unknown> {
    return Object.fromEntries([...this.#running].map(([id, { invalidations }]) => [id, { invalidations: invalidations.list() }]));
  }

  async dispose(): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ server }) => server.dispose()));
  }

  #handle(request: AwsRequest): AwsResponse {
    const [, id = '', invalidationId] = PATH.exec(request.path.replace(/\/$/, '')) ?? [];
    const arn = distributionArn(id, this.#context.account);
    if (id === '') throw new AwsError('UnknownOperationException', 'Local mode has no such operation of CloudFront.', { status: 404 });
    if (request.method === 'POST' && invalidationId === undefined) {
      request.authorize('cloudfront:CreateInvalidation', arn);
      return this.#create(this.#find(id), request);
    }
    if (request.method === 'GET' && invalidationId !== undefined) {
      request.authorize('cloudfront:GetInvalidation', arn);
      return xml(200, invalidationXml(this.#find(id).invalidations.get(invalidationId)));
    }
    if (request.method === 'GET') {
      request.authorize('cloudfront:ListInvalidations', arn);
      return xml(200, listXml(this.#find(id).invalidations.list()));
    }
    throw new AwsError('UnknownOperationException', 'Local mode has no such operation of CloudFront.', { status: 404 });
  }

  #find(id: string): Running {
    const found = this.#running.get(id);
    if (found === undefined) throw new AwsError('NoSuchDistribution', 'The specified distribution does not exist.', { status: 404 });
    return found;
  }

  #create({ distribution, server, invalidations }: Running, { body }: AwsRequest): AwsResponse {
    const text = body.toString();
    const elements = (name: string): string[] =>
      [...text.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))].map(([, value = '']) => unescapeXml(value));
    const paths = elements('Path');
    const [quantity] = elements('Quantity');
    if (Number(quantity) !== paths.length)
      throw new AwsError('InconsistentQuantities', 'The value of Quantity and the size of Items do not match.');
    const { invalidation, isNew } = invalidations.add(
      { callerReference: elements('CallerReference')[0] ?? '', paths },
      this.#context.clock.now(),
    );
    if (isNew) for (const path of paths) server.cache.invalidate(path);
    const location = `https://cloudfront.amazonaws.com/2020-05-31/distribution/${distribution.id}/invalidation/${invalidation.id}`;
    return xml(201, invalidationXml(invalidation), { location });
  }
}

const NAMESPACE = 'xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"';

function xml(status: number, content: string, headers: Record<string, string> = {}): AwsResponse {
  return { status, headers: { 'content-type': 'text/xml', ...headers }, body: `<?xml version="1.0" encoding="UTF-8"?>\n${content}` };
}

function invalidationXml({ id, callerReference, paths, createdAt }: Invalidation): string {
  const items = paths.map((path) => `<Path>${escapeXml(path)}</Path>`).join('');
  const batch = `<Paths><Quantity>${paths.length}</Quantity><Items>${items}</Items></Paths><CallerReference>${escapeXml(callerReference)}</CallerReference>`;
  return `<Invalidation ${NAMESPACE}>${summaryXml({ id, createdAt })}<InvalidationBatch>${batch}</InvalidationBatch></Invalidation>`;
}

const summaryXml = ({ id, createdAt }: Pick<Invalidation, 'id' | 'createdAt'>): string =>
  `<Id>${id}</Id><Status>Completed</Status><CreateTime>${new Date(createdAt).toISOString()}</CreateTime>`;

function listXml(invalidations: readonly Invalidation[]): string {
  const items = invalidations.map((invalidation) => `<InvalidationSummary>${summaryXml(invalidation)}</InvalidationSummary>`).join('');
  const frame = `<Marker></Marker><MaxItems>${invalidations.length}</MaxItems><IsTruncated>false</IsTruncated><Quantity>${invalidations.length}</Quantity>`;
  return `<InvalidationList ${NAMESPACE}>${frame}<Items>${items}</Items></InvalidationList>`;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const unescapeXml = (text: string): string =>
  text.replace(/&(?:#(\d+)|#x([\da-f]+)|(\w+));/gi, (whole, decimal?: string, hex?: string, name?: string) => {
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    return ENTITIES[name ?? ''] ?? whole;
  });
