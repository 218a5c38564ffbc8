import type { LocalContext } from '../service.ts';
import { type Triggers, triggerAttributes } from './triggers.ts';
import type { MessageTemplate, UserPool } from './user-pool.ts';
import type { User } from './users-store.ts';

type Medium = 'EMAIL' | 'SMS';

/** Where a code went, as AWS tells the client: masked. */
export interface CodeDeliveryDetails {
  readonly Destination: string;
  readonly DeliveryMedium: Medium;
  readonly AttributeName: 'email' | 'phone_number';
}

interface OutgoingMessage {
  /** The trigger source, for example `CustomMessage_SignUp`. */
  readonly source: string;
  readonly user: User;
  readonly to: string;
  readonly medium: Medium;
  readonly code: string;
  readonly template: MessageTemplate;
  readonly clientId: string | undefined;
  readonly clientMetadata: Readonly<Record<string, string>>;
}

/** The templates' placeholders, which a `CustomMessage` trigger gets as parameters. */
const CODE = '{####}';
const USERNAME = '{username}';

/** `d***@e***` and `+*******1234`, as AWS masks destinations. */
function maskDestination(to: string): string {
  if (to.startsWith('+')) {
    return `+${'*'.repeat(Math.max(to.length - 5, 1))}${to.slice(-4)}`;
  }
  const [local = '', domain = ''] = to.split('@');
  return `${local.charAt(0)}***@${domain.charAt(0)}***`;
}

/** What a client is told about a message that went (or seems to have gone) to this address. */
export function deliveryDetails(to: string): CodeDeliveryDetails {
  return to.startsWith('+')
    ? { Destination: maskDestination(to), DeliveryMedium: 'SMS', AttributeName: 'phone_number' }
    : { Destination: maskDestination(to), DeliveryMedium: 'EMAIL', AttributeName: 'email' };
}

/** Fills templates, lets the `CustomMessage` trigger change them, and puts the result into the inbox. */
export class Messages {
  readonly #context: LocalContext;
  readonly #triggers: Triggers;

  constructor(context: LocalContext, triggers: Triggers) {
    this.#context = context;
    this.#triggers = triggers;
  }

  async send(pool: UserPool, message: OutgoingMessage): Promise<CodeDeliveryDetails> {
    const template = await this.#customized(pool, message);
    const fill = (text: string): string => text.replaceAll(CODE, message.code).replaceAll(USERNAME, message.user.username);
    this.#context.inbox.deliver({
      at: new Date(this.#context.clock.now()).toISOString(),
      channel: message.medium === 'EMAIL' ? 'email' : 'sms',
      to: message.to,
      ...(message.medium === 'EMAIL' ? { subject: fill(template.subject) } : {}),
      body: fill(message.medium === 'EMAIL' ? template.email : template.sms),
      code: message.code,
    });
    return deliveryDetails(message.to);
  }

  async #customized(pool: UserPool, message: OutgoingMessage): Promise<MessageTemplate> {
    const response = await this.#triggers.run(pool, {
      trigger: 'CustomMessage',
      source: message.source,
      username: message.user.username,
      clientId: message.clientId,
      request: {
        userAttributes: triggerAttributes(message.user),
        codeParameter: CODE,
        usernameParameter: USERNAME,
        linkParameter: '{##Click Here##}',
        clientMetadata: message.clientMetadata,
      },
      response: { smsMessage: null, emailMessage: null, emailSubject: null },
    });
    const text = (name: string, fallback: string): string => (typeof response[name] === 'string' ? response[name] : fallback);
    return {
      email: text('emailMessage', message.template.email),
      subject: text('emailSubject', message.template.subject),
      sms: text('smsMessage', message.template.sms),
    };
  }
}
