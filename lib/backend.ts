import { CfnOutput, Lazy, Stack } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { AnalyticsOptions } from '../contracts/analytics-options.ts';
import type { BackendDefinition, FoldersOf, ModelsOf } from '../contracts/backend.ts';
import type { EmailOptions } from '../contracts/email-options.ts';
import { outputs } from '../contracts/outputs.ts';
import type { PaymentsOptions } from '../contracts/payments-options.ts';
import type { WebhooksOptions } from '../contracts/webhooks-options.ts';
import { addAlarms } from './alarms.ts';
import { Analytics } from './analytics/analytics.ts';
import { Api, type ApiProps } from './api/api.ts';
import type { FunctionOptions } from './api/feature-function.ts';
import { Auth } from './auth/auth.ts';
import { Data, type DataProps } from './data/data.ts';
import { deadLettersOf, queuesDeployedWith } from './dead-letters.ts';
import { Email } from './email/email.ts';
import { Events } from './events/events.ts';
import { forgetsUsers, wantsEvents } from './events/wants-events.ts';
import { Files } from './files/files.ts';
import { checkShapes } from './functions/check-shapes.ts';
import { Functions } from './functions/functions.ts';
import { hooksOf, signUpHookOf } from './functions/hooks-of.ts';
import { Inbound } from './inbound/inbound.ts';
import { Payments } from './payments/payments.ts';
import { Push } from './push/push.ts';
import type { ModelSchema } from './schema-change/backend-schema.ts';
import { SchemaGate, warnOfUnaccepted } from './schema-change/schema-gate.ts';
import { readSchemaLock } from './schema-change/schema-lock.ts';
import { checkStage, type Stage } from './stage.ts';
import { Webhooks } from './webhooks/webhooks.ts';

/** How a backend is run. What it is, the definition says. */
export interface BackendProps extends FunctionOptions, Pick<ApiProps, 'corsOrigins' | 'throttle' | 'title'> {
  /** `production` keeps data when the stack is deleted, keeps logs for longer and sets alarms. @default 'development' */
  readonly stage?: Stage;
  /** Alarms for errors and throttles. @default - in production only */
  readonly alarms?: boolean;
  /** Where alarms are sent. @default - alarms change their state, and nobody is told */
  readonly alarmTopic?: ITopic;
  /**
   * The file, beside `cdk.json`, that holds the schema accepted last; `plinth schema accept` writes it, and it belongs into version
   * control. Synth refuses changes that would lose stored data or make it invalid. See docs/schema-changes.md.
   * @default - nothing is compared
   */
  readonly schemaLock?: string;
  /** Refused changes to make all the same, by the names that the refusal gives: `drop-model:Note`. @default none */
  readonly allow?: readonly string[];
}

/**
 * A whole backend from one definition.
 *
 * @example
 * ```ts
 * const definition = defineBackend({ auth: { groups: ['editors'] }, data: { models: { Note } } });
 * new Backend(stack, 'Backend', definition, { stage: 'production', corsOrigins: ['https://app.example.com'] });
 * ```
 */
export class Backend<D extends BackendDefinition = BackendDefinition> extends Construct {
  readonly api: Api;
  readonly auth: Auth;
  /** Undefined for a definition without models. */
  readonly data: Data<ModelsOf<D>> | undefined;
  /** Undefined for a definition without push. */
  readonly push: Push | undefined;
  /**
   * Undefined for a definition in which nothing listens to events and nobody has to be forgotten. Where only the latter is so, it tells
   * of deleted accounts and of nothing else: give the definition `events: {}` to have everything told.
   */
  readonly events: Events | undefined;
  /** Undefined for a definition without webhooks. */
  readonly webhooks: Webhooks | undefined;
  /** Undefined for a definition without inbound webhooks. */
  readonly inbound: Inbound | undefined;
  /** Undefined for a definition without payments. */
  readonly payments: Payments | undefined;
  /** Undefined for a definition without analytics. */
  readonly analytics: Analytics | undefined;
  /** Undefined for a definition without e-mail. */
  readonly email: Email | undefined;
  /** Undefined for a definition without folders. */
  readonly files: Files<FoldersOf<D>> | undefined;
  /** Undefined for a definition without functions. */
  readonly functions: Functions | undefined;

  private readonly tellsChanges: boolean;

  /** @throws Error for every mistake in the definition; it names the prop, shows the value and says what to do */
  constructor(scope: Construct, id: string, definition: D, props: BackendProps = {}) {
    super(scope, id);
    const stage = checkStage(props.stage ?? 'development');
    checkShapes(definition.functions ?? {});
    this.tellsChanges = wantsEvents(definition);
    const { memorySizeMb, logRetention, tracing, corsOrigins, throttle, title } = props;
    const functions: FunctionOptions = { memorySizeMb, logRetention, tracing };
    this.api = new Api(this, 'Api', { ...functions, stage, corsOrigins, throttle, title });
    this.auth = new Auth(this, 'Auth', {
      ...functions,
      ...definition.auth,
      ...signUpHookOf(definition.functions),
      api: this.api,
      tellsDeletions: this.tellsChanges || forgetsUsers(definition),
    });
    const models = (definition.data?.models ?? {}) as ModelsOf<D>;
    this.data =
      Object.keys(models).length === 0
        ? undefined
        : new Data(this, 'Data', {
            ...{ ...functions, api: this.api, auth: this.auth, models, accepted: this.acceptedModels(props.schemaLock) },
            hooks: hooksOf(definition.functions) as DataProps<ModelsOf<D>>['hooks'],
          });
    const folders = (definition.files?.folders ?? {}) as FoldersOf<D>;
    this.files =
      Object.keys(folders).length === 0
        ? undefined
        : new Files(this, 'Files', { ...functions, ...definition.files, folders, api: this.api, auth: this.auth, records: this.data });
    this.events = this.createEvents(definition, functions, stage);
    this.push =
      definition.push === undefined
        ? undefined
        : new Push(this, 'Push', { ...functions, ...definition.push, api: this.api, auth: this.auth });
    const { webhooks, inbound, payments, analytics, email } = definition.integrations ?? {};
    this.email = email && this.createEmail(email, functions);
    this.analytics = this.createAnalytics(analytics, functions);
    this.inbound = inbound && new Inbound(this, 'Inbound', { ...functions, providers: inbound, api: this.api, events: this.eventSource() });
    this.functions = this.createFunctions(definition, functions);
    this.payments = payments && this.createPayments(payments, functions);
    // Last, since it asks which event types there are.
    this.webhooks = webhooks && this.createWebhooks(webhooks, functions);
    this.forgetUsers();
    const deadLetters = deadLettersOf(this);
    this.createOutputs(deadLetters);
    this.addSchemaGate(props);
    if (props.alarms ?? stage === 'production')
      addAlarms(this, {
        api: this.api,
        auth: this.auth,
        data: this.data,
        files: this.files,
        push: this.push,
        events: this.events,
        email: this.email,
        webhooks: this.webhooks,
        inbound: this.inbound,
        payments: this.payments,
        analytics: this.analytics,
        functions: this.functions,
        deadLetters,
        topic: props.alarmTopic,
      });
  }

  private createFunctions({ functions = {} }: D, { logRetention, tracing }: FunctionOptions): Functions | undefined {
    if (Object.keys(functions).length === 0) return undefined;
    const { api, auth, data: records, files, push, email, analytics, inbound, events } = this;
    const used = { records, files, push, email, analytics, inbound, events };
    return new Functions(this, 'Functions', { logRetention, tracing, functions, api, auth, ...used });
  }

  private createEmail(options: EmailOptions, functions: FunctionOptions): Email {
    return new Email(this, 'Email', {
      ...functions,
      options,
      api: this.api,
      auth: this.auth,
      events: this.eventSource(),
      files: this.files,
    });
  }

  private createAnalytics(options: AnalyticsOptions | undefined, functions: FunctionOptions): Analytics | undefined {
    if (options === undefined) return undefined;
    const { api, auth, events } = this;
    return new Analytics(this, 'Analytics', { ...functions, options, api, auth, events });
  }

  private createPayments(options: PaymentsOptions, functions: FunctionOptions): Payments {
    const { api, auth, data: records } = this;
    return new Payments(this, 'Payments', { ...functions, ...options, api, auth, records, events: this.changeEvents() });
  }

  private createEvents(definition: D, functions: FunctionOptions, stage: Stage): Events | undefined {
    if (!this.tellsChanges && !forgetsUsers(definition)) return undefined;
    const records = this.tellsChanges ? this.data : undefined;
    const events = new Events(this, 'Events', { ...functions, ...definition.events, stage, ...(records !== undefined && { records }) });
    events.addUsers(this.auth, this.tellsChanges ? 'everything' : 'deletions');
    if (this.files !== undefined && this.tellsChanges) events.addTable({ kind: 'files', table: this.files.table });
    return events;
  }

  /** The features that keep something of users which is of no use without them. */
  private forgetUsers(): void {
    const { events } = this;
    if (events === undefined) return;
    for (const feature of [this.data, this.files, this.push, this.analytics, this.payments]) feature?.forgetUsers(events);
  }

  /** Undefined where nothing but deletions is told. */
  private changeEvents(): Events | undefined {
    return this.tellsChanges ? this.events : undefined;
  }

  /** Wherever something is told of or listened to, `wantsEvents` has had it made. */
  private eventSource(): Events {
    if (this.events === undefined) throw new Error('the backend has no bus: this is a fault of Plinth, so please report it');
    return this.events;
  }

  private createWebhooks(options: WebhooksOptions, functions: FunctionOptions): Webhooks {
    return new Webhooks(this, 'Webhooks', { ...functions, options, api: this.api, auth: this.auth, events: this.eventSource() });
  }

  private acceptedModels(lockFile: string | undefined): Readonly<Record<string, ModelSchema>> {
    if (lockFile === undefined) return {};
    const accepted = readSchemaLock(lockFile).backends[this.node.id];
    if (accepted === undefined) warnOfUnaccepted(this, lockFile);
    return accepted?.models ?? {};
  }

  private addSchemaGate({ schemaLock, allow = [] }: BackendProps): void {
    const { models = {}, schemas = {}, tables = {} } = this.data ?? {};
    new SchemaGate(this, { lockFile: schemaLock, allow, models, schemas, tables });
  }

  private tableNames(data: Data): string {
    const tables: Readonly<Record<string, ITable>> = data.tables;
    const names = Object.fromEntries(Object.entries(tables).map(([model, table]) => [model, table.tableName]));
    return Stack.of(this).toJsonString({ ...names, '': data.constraintsTable.tableName });
  }

  /** Those of subscriptions that a stack of the app's own makes come later. */
  private queueNames(): string {
    const nameOf = ([name, { queueName }]: readonly [string, IQueue]) => [name, queueName] as const;
    return Lazy.uncachedString({
      produce: () => Stack.of(this).toJsonString(Object.fromEntries([...queuesDeployedWith(this, deadLettersOf(this))].map(nameOf))),
    });
  }

  private createOutputs(deadLetters: ReadonlyMap<string, IQueue>): void {
    const values: Readonly<Partial<Record<keyof typeof outputs, string>>> = {
      apiUrl: this.api.url,
      userPoolId: this.auth.userPool.userPoolId,
      userPoolClientId: this.auth.userPoolClient.userPoolClientId,
      ...(this.data !== undefined && { dataTables: this.tableNames(this.data) }),
      ...(this.push !== undefined && { pushTableName: this.push.table.tableName }),
      ...(this.events !== undefined && {
        eventBusName: this.events.bus.eventBusName,
        eventArchiveName: this.events.archive.archiveName,
      }),
      ...(deadLetters.size > 0 && { deadLetterQueues: this.queueNames() }),
      ...(this.webhooks !== undefined && { webhooksFunctionName: this.webhooks.requests.function.functionName }),
      ...(this.analytics !== undefined && { analyticsBucketName: this.analytics.bucket.bucketName }),
      ...(this.files !== undefined && {
        cdnUrl: this.files.cdnUrl,
        filesBucketName: this.files.bucket.bucketName,
        filesTableName: this.files.table.tableName,
      }),
    };
    for (const [key, value] of Object.entries(values)) {
      const name = outputs[key as keyof typeof outputs];
      new CfnOutput(this, name, { value }).overrideLogicalId(name);
    }
  }
}
