import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { emailEvents, emailRoutes } from '../../contracts/email.ts';
import type { CompiledEmail, EmailOptions } from '../../contracts/email-options.ts';
import { emailQueueAttempts, emailTable } from '../../contracts/email-table.ts';
import { variables } from '../../contracts/variables.ts';
import type { Api } from '../api/api.ts';
import { eventStreams } from '../api/bundle-function.ts';
import type { Grant } from '../api/create-role.ts';
import { FeatureFunction, type FeatureFunctionProps, type FunctionOptions } from '../api/feature-function.ts';
import { lambdaEntry } from '../api/lambda-entry.ts';
import { connect, consume, createWorkQueue, type Pace, type WorkQueue } from '../api/work-queue.ts';
import type { AuthSource } from '../auth-source.ts';
import type { EventSource } from '../event-source.ts';
import type { Stage } from '../stage.ts';
import { type CompiledEmailOptions, compileEmail } from './compile-email.ts';
import { createEmailTable } from './create-email-table.ts';
import { createFeedback, type Feedback } from './create-feedback.ts';
import {
  attachmentsModule,
  definitionModule,
  emailModule,
  emailReplySchemas,
  emailRequestSchemas,
  transportModule,
} from './email-module.ts';

export interface EmailProps extends FunctionOptions {
  /** Whom e-mails are from, what sends them, and their templates. */
  readonly options: EmailOptions;
  /** The API that gets the routes `/email/*`. */
  readonly api: Api;
  /** Whose access tokens count, and whose addresses users have: an `Auth`, or a user pool and client of your own. */
  readonly auth: AuthSource;
  /** Where bounces and complaints are told: an `Events`. */
  readonly events: EventSource;
  /** The files of `attachFrom`: a `Files`. @default none */
  readonly files?: AttachedFiles | undefined;
  /** A table of your own, with the string keys `pk` and `sk`, the time to live `expiresAt` and a stream. @default - a new one is made */
  readonly table?: ITable;
  /** @default that of the API */
  readonly stage?: Stage;
}

/** Files that e-mails may take along. */
export interface AttachedFiles {
  readonly folders: Readonly<Record<string, unknown>>;
  /** What it takes to find bytes as callers may read them, and to read what was found. */
  attachmentParts(folders: readonly string[]): { readonly finding: EmailParts; readonly reading: Omit<EmailParts, 'modules'> };
}

/** What another function needs to send e-mails. */
export type EmailParts = Required<Pick<FeatureFunctionProps, 'environment' | 'grants' | 'modules'>>;

/** Ten rounds of five recipients, though mail servers take a second or two each. */
const senderTimeoutSeconds = 60;
/** Two e-mails of 40 MB. */
const filesSenderTimeoutSeconds = 120;
const feedbackTimeoutSeconds = 15;
/** The most that SQS takes ("Message quotas"), for attachments. */
const queueMessageBytes = 1_048_576;
/** Accounts of SES begin with 14 e-mails a second; what is throttled is tried again. */
const senderPace: Pace = { batchSize: 1, maxConcurrency: 5 };
const feedbackPace: Pace = { batchSize: 10, maxConcurrency: 2 };

/**
 * E-mails by SES, a mail server or Resend: admins send at `/email/*`, functions by `ctx.email`. Addresses that bounce or complain are
 * sent nothing more.
 *
 * @example
 * ```ts
 * const email = new Email(this, 'Email', { api, auth, events, options: { from: 'Shop <hello@example.com>' } });
 * email.deadLetters.messages.metricApproximateNumberOfMessagesVisible();
 * ```
 */
export class Email extends Construct {
  /** What the handlers know of the definition. */
  readonly definition: CompiledEmail;
  readonly table: ITable;
  /** E-mails that are to be sent. */
  readonly queue: WorkQueue;
  /** The configuration set that SES sends with, and the topic of bounces and complaints. Undefined where SES does not send. */
  readonly ses: Feedback | undefined;
  /** What could not be handled after all tries, by what it is. */
  readonly deadLetters: { readonly messages: Queue; readonly feedback: Queue | undefined };
  /** The function behind `/email/*`. */
  readonly requests: FeatureFunction;
  /** The function that sends. */
  readonly sender: FeatureFunction;
  /** The function that hears of bounces and complaints. Undefined where SES does not send. */
  readonly feedback: FeatureFunction | undefined;

  private readonly compiled: CompiledEmailOptions;
  private readonly attached: ReturnType<AttachedFiles['attachmentParts']> | undefined;
  private readonly senderTimeoutSeconds: number;
  private readonly shared: Pick<FeatureFunctionProps, 'environment' | 'stage' | 'unusedModules'> & FunctionOptions;

  /** @throws Error for every mistake in the definition; it names the prop, shows the value and says what to do */
  constructor(scope: Construct, id: string, props: EmailProps) {
    super(scope, id);
    const { memorySizeMb, logRetention, tracing, api, events, stage = api.stage } = props;
    this.compiled = compileEmail(props.options, Object.keys(props.files?.folders ?? {}));
    const { attachFrom } = this.compiled;
    this.attached = attachFrom.length === 0 ? undefined : props.files?.attachmentParts(attachFrom);
    this.senderTimeoutSeconds = attachFrom.length === 0 ? senderTimeoutSeconds : filesSenderTimeoutSeconds;
    this.definition = this.compiled.email;
    this.table = props.table ?? createEmailTable(this, stage);
    this.queue = createWorkQueue(this, 'Messages', {
      timeoutSeconds: this.senderTimeoutSeconds,
      attempts: emailQueueAttempts,
      maxMessageBytes: queueMessageBytes,
    });
    const environment = { [variables.emailTable]: this.table.tableName, [variables.emailQueue]: this.queue.queue.queueUrl };
    this.shared = { memorySizeMb, logRetention, tracing, environment, unusedModules: [eventStreams], stage };
    this.requests = this.createRequests(props);
    const told = this.compiled.transport.name === 'ses' ? this.createFeedbackQueue() : undefined;
    this.ses = told && createFeedback(this, told);
    this.sender = this.createSender(props, this.ses);
    this.feedback = told && this.createFeedback(told);
    this.deadLetters = { messages: this.queue.deadLetters, feedback: told?.deadLetters };
    events.addTable({ kind: 'outbox', table: this.table, types: emailEvents, prefix: emailTable.outboxPrefix });
    events.addDeadLetters('email', this.queue.deadLetters);
    if (told !== undefined) events.addDeadLetters('email.feedback', told.deadLetters);
    api.addRoutes('Email', emailRoutes, this.requests.function);
    api.describe({ requests: emailRequestSchemas(), replies: emailReplySchemas() });
  }

  /**
   * What a function needs to send, and to look at what it has sent: `ctx.email`.
   *
   * @param readable the folders whose files it may read: of those in `attachFrom` it may send files along. @default none
   */
  functionParts({ readable = [] }: { readonly readable?: readonly string[] } = {}): EmailParts {
    const attachable = this.compiled.attachFrom.filter((folder) => readable.includes(folder));
    return {
      environment: { ...this.shared.environment },
      grants: this.sendingGrants(),
      modules: { '@compiled/email': emailModule(this.compiled), '@compiled/email-files': attachmentsModule(attachable) },
    };
  }

  private onTable(...actions: readonly string[]): Grant {
    return { actions: actions.map((action) => `dynamodb:${action}`), resources: [this.table.tableArn] };
  }

  private sendingGrants(): readonly Grant[] {
    return [
      this.onTable('DeleteItem', 'GetItem', 'PutItem', 'Query'),
      { actions: ['sqs:SendMessage'], resources: [this.queue.queue.queueArn] },
    ];
  }

  private createRequests({ auth }: EmailProps): FeatureFunction {
    return new FeatureFunction(this, 'Function', {
      ...this.shared,
      description: 'Plinth: takes e-mails, and tells what came of them',
      entry: lambdaEntry('email/handler.ts'),
      modules: {
        ...this.attached?.finding.modules,
        '@compiled/email': emailModule(this.compiled),
        '@compiled/email-files': attachmentsModule(this.compiled.attachFrom),
      },
      environment: {
        ...this.shared.environment,
        ...this.attached?.finding.environment,
        [variables.userPoolId]: auth.userPool.userPoolId,
        [variables.userPoolClientId]: auth.userPoolClient.userPoolClientId,
        [variables.adminGroup]: auth.adminGroup,
      },
      grants: [...this.sendingGrants(), ...(this.attached?.finding.grants ?? [])],
    });
  }

  private createFeedbackQueue(): WorkQueue {
    return createWorkQueue(this, 'Feedback', { timeoutSeconds: feedbackTimeoutSeconds, attempts: 5 });
  }

  /** What sends: its variables and grants. */
  private transport(ses: Feedback | undefined): Required<Pick<FeatureFunctionProps, 'environment' | 'grants'>> {
    const { transport, identity } = this.compiled;
    const stack = Stack.of(this);
    if (transport.name !== 'ses' || ses === undefined) {
      const { secretName } = transport as { readonly secretName: string };
      const resource = { service: 'secretsmanager', resource: 'secret', arnFormat: ArnFormat.COLON_RESOURCE_NAME };
      return {
        environment: { [variables.emailSecret]: secretName },
        // Secrets Manager ends ARNs with a hyphen and six characters of its own.
        grants: [
          {
            actions: ['secretsmanager:GetSecretValue'],
            resources: [stack.formatArn({ ...resource, resourceName: `${secretName}-??????` })],
          },
        ],
      };
    }
    const identityArn = stack.formatArn({ service: 'ses', resource: 'identity', resourceName: identity });
    return {
      environment: { [variables.emailConfigurationSet]: ses.configurationSet.configurationSetName },
      grants: [{ actions: ['ses:SendEmail'], resources: [identityArn, ses.configurationSetArn] }],
    };
  }

  private createSender({ auth }: EmailProps, ses: Feedback | undefined): FeatureFunction {
    const { environment, grants } = this.transport(ses);
    const target = new FeatureFunction(this, 'Sender', {
      ...this.shared,
      description: 'Plinth: sends e-mails',
      entry: lambdaEntry('email/sender-handler.ts'),
      modules: { '@compiled/email': definitionModule(this.compiled), '@compiled/email-transport': transportModule(this.compiled) },
      timeoutSeconds: this.senderTimeoutSeconds,
      environment: {
        ...this.shared.environment,
        ...this.attached?.reading.environment,
        ...environment,
        [variables.userPoolId]: auth.userPool.userPoolId,
      },
      grants: [
        consume(this.queue),
        { actions: ['sqs:ChangeMessageVisibility'], resources: [this.queue.queue.queueArn] },
        this.onTable('GetItem', 'UpdateItem'),
        { actions: ['cognito-idp:AdminGetUser'], resources: [auth.userPool.userPoolArn] },
        ...(this.attached?.reading.grants ?? []),
        ...grants,
      ],
    });
    connect(this.queue, target, senderPace);
    return target;
  }

  private createFeedback(told: WorkQueue): FeatureFunction {
    const target = new FeatureFunction(this, 'FeedbackReader', {
      ...this.shared,
      description: 'Plinth: hears of bounces and complaints of e-mails',
      entry: lambdaEntry('email/feedback-handler.ts'),
      modules: { '@compiled/email': definitionModule(this.compiled) },
      environment: { [variables.emailTable]: this.table.tableName },
      timeoutSeconds: feedbackTimeoutSeconds,
      grants: [consume(told), this.onTable('GetItem', 'PutItem', 'UpdateItem')],
    });
    connect(told, target, feedbackPace);
    return target;
  }
}
