import { randomUUID } from 'node:crypto';
import { isRefusal, Outbox, outboxSchema } from '../outbox.ts';
import { AwsError, type AwsRequest, type AwsResponse, type LocalContext, type LocalService, type ResolvedResource } from '../service.ts';
import { SqliteDatabase } from '../sqlite-database.ts';
import { type EventDestination, readConfigurationSets } from './configuration-sets.ts';
import { outcomeOf, simulatedEvent, type TakenEmail } from './mailbox-simulator.ts';
import { badRequest, type OutboundEmail, readOutboundEmail } from './outbound-email.ts';

/** What a topic is to be told of an e-mail. */
interface Telling {
  readonly topicArn: string;
  readonly configurationSetArn: string;
  readonly event: object;
}

const TAG = /^[A-Za-z0-9_-]{1,256}$/;
const RETRY_MS = 1_000;

/** Amazon SES of a local run: e-mails lie in the inbox. No identity need be verified. */
export class SesService implements LocalService {
  readonly #context: LocalContext;
  readonly #database: SqliteDatabase;
  readonly #outbox: Outbox<Telling>;
  readonly #sets: ReadonlyMap<string, readonly EventDestination[]>;
  readonly #addresses: ReadonlySet<string>;

  constructor(resources: readonly ResolvedResource[], context: LocalContext) {
    const { folder, clock, log } = context;
    this.#context = context;
    this.#sets = readConfigurationSets(resources);
    this.#addresses = new Set(resources.filter(({ type }) => type === 'AWS::SES::EmailIdentity').map(({ ref }) => ref.toLowerCase()));
    this.#database = new SqliteDatabase({ folder, file: 'ses.sqlite' }, outboxSchema);
    this.#outbox = new Outbox<Telling>({
      ...{ database: this.#database, clock, log, source: 'ses' },
      deliver: (telling) => this.#tell(telling),
    });
    this.#outbox.start();
  }

  async handle(request: AwsRequest): Promise<AwsResponse> {
    if (request.method !== 'POST' || request.path !== '/v2/email/outbound-emails')
      throw new AwsError('UnknownOperationException', 'Local mode has no such operation of SES.', { status: 404 });
    const input = parse(request.body);
    const email = await readOutboundEmail(input, request.body.length);
    const MessageId = this.#send(email, input, request);
    return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ MessageId }) };
  }

  async dump(): Promise<unknown> {
    return { configurationSets: [...this.#sets.keys()], waiting: this.#outbox.dump() };
  }

  async dispose(): Promise<void> {
    await this.#outbox.stop();
    this.#database.close();
  }

  #send(email: OutboundEmail, input: Readonly<Record<string, unknown>>, request: AwsRequest): string {
    const { account, clock, inbox } = this.#context;
    const sourceArn = this.#arn(`identity/${this.#identityOf(email.from)}`);
    // "SendEmail" with raw content asks for the action of API v1.
    const action = Object(input['Content'])['Raw'] === undefined ? 'ses:SendEmail' : 'ses:SendRawEmail';
    const keys = { 'ses:FromAddress': email.from, 'ses:Recipients': [...email.recipients] };
    request.authorize(action, sourceArn, keys);
    const configurationSet = this.#authorizeSet(input['ConfigurationSetName'], action, keys, request);
    const tags = readTags(input['EmailTags']);
    const messageId = `${randomUUID().replaceAll('-', '').slice(0, 16)}-${randomUUID()}-000000`;
    const takenAt = clock.now();
    for (const to of email.recipients) {
      const { subject, text, html, unsubscribeUrl, attachments } = email;
      inbox.deliver({
        at: new Date(takenAt).toISOString(),
        channel: 'email',
        to,
        subject,
        body: text,
        ...(html !== undefined && { html }),
        ...(unsubscribeUrl !== undefined && { unsubscribeUrl }),
        ...(attachments.length > 0 && { attachments }),
      });
    }
    if (configurationSet !== undefined)
      this.#addTellings({ ...email, messageId, sourceArn, accountId: account.accountId, configurationSet, tags, takenAt });
    return messageId;
  }

  /** The address, where the template has it as an identity; else its domain. */
  #identityOf(from: string): string {
    return this.#addresses.has(from.toLowerCase()) ? from : (from.split('@')[1] ?? '').toLowerCase();
  }

  #authorizeSet(name: unknown, action: string, keys: Readonly<Record<string, string | string[]>>, request: AwsRequest): string | undefined {
    if (typeof name !== 'string' || name === '') return undefined;
    request.authorize(action, this.#arn(`configuration-set/${name}`), keys);
    if (!this.#sets.has(name)) throw new AwsError('NotFoundException', `Configuration set <${name}> does not exist.`, { status: 404 });
    return name;
  }

  #addTellings(email: TakenEmail): void {
    const configurationSetArn = this.#arn(`configuration-set/${email.configurationSet}`);
    const tellings = email.recipients.flatMap((recipient) => {
      const outcome = outcomeOf(recipient);
      const event = simulatedEvent(email, recipient, outcome, randomUUID());
      return (this.#sets.get(email.configurationSet) ?? [])
        .filter(({ types }) => types.has(outcome))
        .map(({ topicArn }): Telling => ({ topicArn, configurationSetArn, event }));
    });
    if (tellings.length > 0) this.#outbox.add(tellings);
  }

  async #tell({ topicArn, configurationSetArn, event }: Telling) {
    const { log } = this.#context;
    try {
      this.#context.authorizeService('ses.amazonaws.com', 'sns:Publish', topicArn, configurationSetArn);
      await this.#context.service('sns')?.deliver?.(topicArn, JSON.stringify(event), { subject: 'Amazon SES Email Event Notification' });
      return 'done' as const;
    } catch (error) {
      if (!isRefusal(error)) return { retryInMs: RETRY_MS };
      log.error('ses', `${topicArn} is not told what came of an e-mail: ${error instanceof Error ? error.message : String(error)}`);
      return 'done' as const;
    }
  }

  #arn(resource: string): string {
    const { partition, region, accountId } = this.#context.account;
    return `arn:${partition}:ses:${region}:${accountId}:${resource}`;
  }
}

function parse(body: Buffer): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(body.toString());
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as Record<string, unknown>;
  } catch {
    // Falls through to the same answer as for a body of another type.
  }
  throw badRequest('The request body is not a JSON object.');
}

function readTags(tags: unknown): Readonly<Record<string, readonly string[]>> {
  const list = Array.isArray(tags) ? (tags as readonly { Name?: unknown; Value?: unknown }[]) : [];
  return Object.fromEntries(
    list.map(({ Name, Value }) => {
      if (!TAG.test(String(Name)) || !TAG.test(String(Value))) throw badRequest(`Invalid tag name or value: ${String(Name)}`);
      return [String(Name), [String(Value)]];
    }),
  );
}
