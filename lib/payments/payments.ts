import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { CompiledModel } from '../../contracts/compiled.ts';
import type { CompiledPayments } from '../../contracts/compiled-payments.ts';
import { paymentsEvents, paymentsRoutes } from '../../contracts/payments.ts';
import type { PaymentsOptions } from '../../contracts/payments-options.ts';
import { eventAttempts, paymentsTable } from '../../contracts/payments-table.ts';
import { variables } from '../../contracts/variables.ts';
import type { Api } from '../api/api.ts';
import { eventStreams } from '../api/bundle-function.ts';
import type { Grant } from '../api/create-role.ts';
import { FeatureFunction, type FunctionOptions } from '../api/feature-function.ts';
import { lambdaEntry } from '../api/lambda-entry.ts';
import { connect, consume, createWorkQueue, type WorkQueue } from '../api/work-queue.ts';
import type { AuthSource } from '../auth-source.ts';
import { type DeletionSource, forgetDeletedUsers } from '../deleted-users.ts';
import type { Stage } from '../stage.ts';
import { compilePayments } from './compile-payments.ts';
import { createPaymentsTable } from './create-payments-table.ts';
import { definitionModule, paymentsModule, paymentsReplySchemas, paymentsRequestSchemas } from './payments-module.ts';

/** The records that a catalog may be of. A `Data` is one. */
export interface ProductSource {
  readonly models: Readonly<Record<string, CompiledModel>>;
  readonly tables: Readonly<Record<string, ITable>>;
}

/** Tells the bus what is stored. An `Events` is one. */
export interface PaymentsListener {
  addTable(source: { readonly kind: 'outbox'; readonly table: ITable; readonly types: readonly string[]; readonly prefix: string }): void;
  addDeadLetters(name: string, queue: Queue): void;
}

export interface PaymentsProps extends PaymentsOptions, FunctionOptions {
  /** The API that gets the routes `/payments/*`. */
  readonly api: Api;
  /** Whose access tokens count: an `Auth`, or a user pool and client of your own. */
  readonly auth: AuthSource;
  /** The records that `catalog` names: a `Data`. @default - no catalog */
  readonly records?: ProductSource;
  /** What is told of payments: an `Events`. @default - nobody is told */
  readonly events?: PaymentsListener;
  /**
   * A table of your own, with the string keys `pk` and `sk`, the indexes `byUser` (`userId`, `listed`) and `byDay` (`day`, `listed`)
   * with all attributes, the time to live `expiresAt` and a stream. @default - a new one is made
   */
  readonly table?: ITable;
  /** @default that of the API */
  readonly stage?: Stage;
}

const timeoutSeconds = 15;

/**
 * Payments by Stripe at `/payments/*`: checkouts with the server's prices, the billing portal, and signed webhooks, each applied once
 * and in any order. Money and cards stay with Stripe.
 *
 * @example
 * ```ts
 * const payments = new Payments(this, 'Payments', {
 *   api, auth, events, records: data,
 *   secretName: 'shop/stripe',
 *   currency: 'eur',
 *   catalog: { model: 'Product', price: 'priceCents', name: 'title', when: { published: true } },
 *   successUrl: 'https://shop.example.com/thanks',
 *   cancelUrl: 'https://shop.example.com/cart',
 * });
 * ```
 */
export class Payments extends Construct {
  /** What the handlers know of the definition. */
  readonly definition: CompiledPayments;
  readonly table: ITable;
  /** Events of Stripe that are to be handled. */
  readonly queue: WorkQueue;
  /** Events of Stripe that could not be handled after all tries. */
  readonly deadLetters: Queue;
  /** The function behind `/payments/*`. */
  readonly requests: FeatureFunction;
  /** The function that handles events of Stripe. */
  readonly handling: FeatureFunction;

  private readonly props: PaymentsProps;
  private readonly stage: Stage;

  /** @throws Error for every mistake in the definition; it names the prop, shows the value and says what to do */
  constructor(scope: Construct, id: string, props: PaymentsProps) {
    super(scope, id);
    this.props = props;
    this.stage = props.stage ?? props.api.stage;
    this.definition = compilePayments(props, props.records?.models ?? {}, this.stage);
    this.table = props.table ?? createPaymentsTable(this, this.stage);
    this.queue = createWorkQueue(this, 'EventsQueue', { timeoutSeconds, attempts: eventAttempts });
    this.deadLetters = this.queue.deadLetters;
    this.requests = this.createRequests(props);
    this.handling = this.createHandling(props);
    props.api.addRoutes('Payments', paymentsRoutes, this.requests.function);
    props.api.describe({ requests: paymentsRequestSchemas(), replies: paymentsReplySchemas() });
    props.events?.addTable({ kind: 'outbox', table: this.table, types: paymentsEvents, prefix: paymentsTable.outboxPrefix });
    props.events?.addDeadLetters('payments', this.deadLetters);
  }

  /**
   * Has the subscriptions of deleted users end, with `onUserDelete: 'cancel'`.
   *
   * @returns undefined without it
   */
  forgetUsers(events: DeletionSource): FeatureFunction | undefined {
    if (this.definition.onUserDelete !== 'cancel') return undefined;
    const { timeoutSeconds: _, ...common } = this.common(this.props);
    return forgetDeletedUsers(this, 'SubscriptionsOfDeletedUsers', events, {
      ...common,
      description: 'Plinth: ends the subscriptions of deleted users',
      entry: lambdaEntry('payments/deleted-users-handler.ts'),
      modules: { '@compiled/payments': definitionModule(this.definition) },
      grants: [
        this.onTable('DeleteItem', 'GetItem', 'PutItem'),
        { actions: ['dynamodb:Query'], resources: [`${this.table.tableArn}/index/${paymentsTable.byUser.name}`] },
        this.readSecret(this.props.secretName),
      ],
    });
  }

  private onTable(...actions: readonly string[]): Grant {
    return { actions: actions.map((action) => `dynamodb:${action}`), resources: [this.table.tableArn] };
  }

  private readSecret(secretName: string): Grant {
    const resource = { service: 'secretsmanager', resource: 'secret', arnFormat: ArnFormat.COLON_RESOURCE_NAME };
    // Secrets Manager ends ARNs with a hyphen and six characters of its own.
    const arn = Stack.of(this).formatArn({ ...resource, resourceName: `${secretName}-??????` });
    return { actions: ['secretsmanager:GetSecretValue'], resources: [arn] };
  }

  private common({ memorySizeMb, logRetention, tracing, secretName }: PaymentsProps) {
    return {
      ...{ memorySizeMb, logRetention, tracing, timeoutSeconds, stage: this.stage },
      unusedModules: [eventStreams],
      environment: {
        [variables.paymentsTable]: this.table.tableName,
        [variables.paymentsSecret]: secretName,
        [variables.paymentEventsQueue]: this.queue.queue.queueUrl,
      },
    };
  }

  /** The table of the catalog, and the variable with its name. */
  private catalogTable({ records }: PaymentsProps): { readonly variable: string; readonly table: ITable } | undefined {
    const { catalog } = this.definition;
    if (catalog === undefined) return undefined;
    const table = records?.tables[catalog.model.name];
    if (table === undefined) throw new Error(`records.tables has no table of ${catalog.model.name}: add it`);
    return { variable: catalog.model.tableVariable, table };
  }

  private createRequests(props: PaymentsProps): FeatureFunction {
    const common = this.common(props);
    const { auth } = props;
    const catalog = this.catalogTable(props);
    return new FeatureFunction(this, 'Function', {
      ...common,
      description: 'Plinth: checkouts, the billing portal and webhooks of payments',
      entry: lambdaEntry('payments/handler.ts'),
      modules: { '@compiled/payments': paymentsModule(this.definition) },
      environment: {
        ...common.environment,
        [variables.userPoolId]: auth.userPool.userPoolId,
        [variables.userPoolClientId]: auth.userPoolClient.userPoolClientId,
        [variables.adminGroup]: auth.adminGroup,
        ...(catalog && { [catalog.variable]: catalog.table.tableName }),
      },
      grants: [
        this.onTable('GetItem', 'PutItem'),
        {
          actions: ['dynamodb:Query'],
          resources: [paymentsTable.byUser, paymentsTable.byDay].map(({ name }) => `${this.table.tableArn}/index/${name}`),
        },
        { actions: ['sqs:SendMessage'], resources: [this.queue.queue.queueArn] },
        this.readSecret(props.secretName),
        ...(catalog ? [{ actions: ['dynamodb:BatchGetItem'], resources: [catalog.table.tableArn] }] : []),
      ],
    });
  }

  private createHandling(props: PaymentsProps): FeatureFunction {
    const target = new FeatureFunction(this, 'Handling', {
      ...this.common(props),
      description: 'Plinth: applies events of Stripe',
      entry: lambdaEntry('payments/events-handler.ts'),
      modules: { '@compiled/payments': definitionModule(this.definition) },
      grants: [
        this.onTable('GetItem', 'PutItem'),
        consume(this.queue),
        { actions: ['sqs:ChangeMessageVisibility'], resources: [this.queue.queue.queueArn] },
        this.readSecret(props.secretName),
      ],
    });
    // One message at a time: each asks Stripe, and may wait for its answer for most of the function's time. Stripe takes 25 requests
    // a second of a new account in test mode, and 100 in live mode ("Rate limits", Stripe documentation).
    connect(this.queue, target, { batchSize: 1, maxConcurrency: 5 });
    return target;
  }
}
