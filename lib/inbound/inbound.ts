import { ArnFormat, Stack } from 'aws-cdk-lib';
import { AttributeType, type ITable, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import {
  type CompiledInbound,
  type InboundProviders,
  inboundLimits,
  inboundRoutes,
  inboundTable,
  inboundType,
} from '../../contracts/inbound.ts';
import { variables } from '../../contracts/variables.ts';
import type { Api } from '../api/api.ts';
import { eventStreams } from '../api/bundle-function.ts';
import { jsonModule } from '../api/compiled-module.ts';
import type { Grant } from '../api/create-role.ts';
import { FeatureFunction, type FunctionOptions } from '../api/feature-function.ts';
import type { FunctionParts } from '../api/function-parts.ts';
import { lambdaEntry } from '../api/lambda-entry.ts';
import type { EventSource } from '../event-source.ts';
import type { JsonSchema } from '../schema/json-schema.ts';
import { keptTable, type Stage } from '../stage.ts';
import { compileInbound } from './compile-inbound.ts';
import { createBodies } from './create-bodies.ts';

export interface InboundProps extends FunctionOptions {
  /** The services that webhooks are taken of, by name. */
  readonly providers: InboundProviders;
  /** The API that gets the route `POST /inbound/{name}`. */
  readonly api: Api;
  /** Where they are told of: an `Events`. */
  readonly events: EventSource;
  /** A table of your own, with the string key `pk`, the time to live `expiresAt` and a stream. @default - a new one is made */
  readonly table?: ITable;
  /** @default that of the API */
  readonly stage?: Stage;
}

const replySchema: JsonSchema = {
  type: 'object',
  properties: { received: { type: 'string' }, duplicate: { type: 'boolean' } },
  required: ['received', 'duplicate'],
};

/**
 * Takes signed webhooks of other services at `POST /inbound/<name>`, each happening once, and tells of them on the bus as
 * `inbound.<name>`.
 *
 * @example
 * ```ts
 * new Inbound(this, 'Inbound', { api, events, providers: { github: { secretName: 'hooks/github', signature: 'github' } } });
 * ```
 */
export class Inbound extends Construct {
  /** What the handler knows of the definition. */
  readonly definition: CompiledInbound;
  readonly table: ITable;
  /** The bodies that are too large for an event, below the names of their services. Undefined where none are taken. */
  readonly bodies: IBucket | undefined;
  /** The services whose bodies may be too large for an event. */
  readonly large: readonly string[];
  /** The function behind `POST /inbound/{name}`. */
  readonly requests: FeatureFunction;

  /** @throws Error for every mistake in the definition; it names the prop, shows the value and says what to do */
  constructor(scope: Construct, id: string, props: InboundProps) {
    super(scope, id);
    const { memorySizeMb, logRetention, tracing, api, events, stage = api.stage } = props;
    this.definition = compileInbound(props.providers);
    this.table = props.table ?? this.createTable(stage);
    this.large = Object.entries(this.definition).flatMap(([name, { maxBodyBytes }]) =>
      maxBodyBytes > inboundLimits.bodyBytes ? [name] : [],
    );
    this.bodies = this.large.length === 0 ? undefined : createBodies(this, stage);
    this.requests = new FeatureFunction(this, 'Function', {
      ...{ memorySizeMb, logRetention, tracing, stage },
      description: 'Plinth: takes webhooks of other services',
      entry: lambdaEntry('inbound/handler.ts'),
      unusedModules: [eventStreams],
      modules: { '@compiled/inbound': jsonModule({ inbound: this.definition }) },
      environment: { [variables.inboundTable]: this.table.tableName, ...this.bucketName() },
      grants: [
        { actions: ['dynamodb:PutItem'], resources: [this.table.tableArn] },
        this.readSecrets(),
        ...this.onBodies('PutObject', this.large),
      ],
    });
    events.addTable({ kind: 'outbox', table: this.table, types: Object.keys(this.definition).map(inboundType) });
    api.addRoutes('Inbound', inboundRoutes, this.requests.function);
    api.describe({ replies: { receiveInbound: replySchema } });
  }

  /** What a function needs to read bodies of these services that are too large for an event: `ctx.inbound`. */
  functionParts(names: readonly string[]): FunctionParts {
    return { environment: this.bucketName(), grants: this.onBodies('GetObject', names), modules: {} };
  }

  private bucketName(): Readonly<Record<string, string>> {
    return this.bodies === undefined ? {} : { [variables.inboundBucket]: this.bodies.bucketName };
  }

  private onBodies(action: 'GetObject' | 'PutObject', names: readonly string[]): readonly Grant[] {
    const { bodies } = this;
    return bodies === undefined ? [] : [{ actions: [`s3:${action}`], resources: names.map((name) => bodies.arnForObjects(`${name}/*`)) }];
  }

  private readSecrets(): Grant {
    const names = new Set(Object.values(this.definition).map(({ secretName }) => secretName));
    return {
      actions: ['secretsmanager:GetSecretValue'],
      // Secrets Manager ends ARNs with a hyphen and six characters of its own.
      resources: [...names].map((name) =>
        Stack.of(this).formatArn({
          service: 'secretsmanager',
          resource: 'secret',
          resourceName: `${name}-??????`,
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
      ),
    };
  }

  private createTable(stage: Stage): Table {
    return new Table(this, 'Table', {
      partitionKey: { name: inboundTable.partitionKey, type: AttributeType.STRING },
      timeToLiveAttribute: inboundTable.timeToLive,
      stream: StreamViewType.NEW_AND_OLD_IMAGES,
      ...keptTable(stage),
    });
  }
}
