import { portOf } from '../server-url.ts';
import { AwsError, type AwsRequest, type AwsResponse, type LocalContext, type LocalService, type ResolvedResource } from '../service.ts';
import { type HttpApi, readHttpApis } from './http-api.ts';
import { HttpApiServer } from './http-api-server.ts';

/** API Gateway of a local run. */
export class ApiGatewayService implements LocalService {
  /** Where each API listens, by its id. */
  readonly urls: ReadonlyMap<string, string>;
  readonly #servers: readonly HttpApiServer[];

  private constructor(servers: readonly HttpApiServer[], urls: ReadonlyMap<string, string>) {
    this.#servers = servers;
    this.urls = urls;
  }

  /** Each API listens where its `ApiEndpoint` says. */
  static async start(resources: readonly ResolvedResource[], context: LocalContext): Promise<ApiGatewayService> {
    const servers: HttpApiServer[] = [];
    const urls = new Map<string, string>();
    for (const api of readHttpApis(resources)) {
      warnOfGaps(api, context);
      const server = new HttpApiServer(api, context);
      const port = await server.listen(portOf(api.url));
      servers.push(server);
      urls.set(api.id, `http://127.0.0.1:${port}`);
    }
    return new ApiGatewayService(servers, urls);
  }

  async handle(_request: AwsRequest): Promise<AwsResponse> {
    throw new AwsError('UnknownOperationException', 'Local mode takes its APIs from the template and has no operation of API Gateway.', {
      status: 404,
    });
  }

  async dump(): Promise<unknown> {
    return {};
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.dispose()));
  }
}

function warnOfGaps(api: HttpApi, context: LocalContext): void {
  for (const { key, integration, authorizationType } of api.routes) {
    if (integration?.functionArn === undefined) {
      context.log.warn('apigateway', `${api.name}: ${key} has no Lambda function behind it and does not run locally`);
    }
    if (authorizationType === 'AWS_IAM') {
      context.log.warn('apigateway', `${api.name}: ${key} has IAM authorization, which refuses every request locally`);
    }
  }
}
