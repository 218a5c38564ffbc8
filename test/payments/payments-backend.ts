import { type LocalBackend, type LocalOptions, startLocal } from '../../local/local-backend.ts';
import { newPerson, type Person } from '../data/relations-backend.ts';
import { cachedAssembly } from '../support/cached-assembly.ts';
import { type ApiAnswer, type ApiCall, callApi } from '../support/call-api.ts';
import type { PaymentsAppSettings } from './payments-app.ts';
import { StripeStandIn } from './stripe-stand-in.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape
export type Body = any;
export interface PaymentsAnswer extends ApiAnswer {
  readonly json: Body;
}
type StoredItem = Readonly<Record<string, Body>>;

const plain = (value: Body): Body => {
  const [[type, inner] = []] = Object.entries(value) as [string, Body][];
  if (type === 'N') return Number(inner);
  if (type === 'L') return inner.map(plain);
  if (type === 'M') return Object.fromEntries(Object.entries(inner).map(([key, member]) => [key, plain(member)]));
  return inner;
};

/** One secret for all assemblies, so that they are made once. */
export const testKeys = { secretKey: 'sk_test_4242', webhookSecrets: ['whsec_of_the_test', 'whsec_of_before'] } as const;

export const paymentsAssembly = (settings: PaymentsAppSettings = {}): string =>
  cachedAssembly({ app: 'test/payments/payments-app.ts', settings: { secret: JSON.stringify(testKeys), ...settings } });

/** The backend of payments-app.ts in local mode, with a stand-in of Stripe that sends its webhooks there. */
export class PaymentsBackend {
  readonly local: LocalBackend;
  readonly stripe: StripeStandIn;

  private constructor(local: LocalBackend, stripe: StripeStandIn) {
    this.local = local;
    this.stripe = stripe;
  }

  static async start(
    settings: PaymentsAppSettings = {},
    options: Partial<LocalOptions> = {},
    stripe?: StripeStandIn,
  ): Promise<PaymentsBackend> {
    const standIn = stripe ?? (await StripeStandIn.start(testKeys.secretKey));
    const environment = { PAYMENTS_API_URL: standIn.url, ...options.environment };
    const local = await startLocal({ assembly: paymentsAssembly(settings), ...options, environment });
    standIn.webhookUrl = `${local.apiUrl}/payments/webhook`;
    standIn.now = () => local.clock.now();
    return new PaymentsBackend(local, standIn);
  }

  person(...groups: readonly string[]): Promise<Person> {
    return newPerson(this.local, groups);
  }

  call(who: Person | undefined, call: ApiCall): Promise<PaymentsAnswer> {
    return callApi(this.local.apiUrl, { ...call, token: who?.token });
  }

  /** Calls a route that must succeed, and gives its body. */
  async done(who: Person | undefined, call: ApiCall): Promise<Body> {
    const answer = await this.call(who, call);
    if (answer.status >= 300) throw new Error(`${call.method ?? 'GET'} ${call.path} answered ${answer.status}: ${answer.text}`);
    return answer.json;
  }

  checkout(who: Person | undefined, body: object, headers: Readonly<Record<string, string>> = {}): Promise<PaymentsAnswer> {
    return this.call(who, { method: 'POST', path: '/payments/checkout', body, headers });
  }

  /** Begins a checkout that must be taken, and gives its id. */
  async begin(who: Person, body: object): Promise<string> {
    return (await this.done(who, { method: 'POST', path: '/payments/checkout', body })).id;
  }

  own(who: Person): Promise<Body> {
    return this.done(who, { path: '/payments/me' });
  }

  /** Creates a product, and gives its id. */
  async product(seller: Person, body: object = {}): Promise<string> {
    return (await this.done(seller, { method: 'POST', path: '/data/Product', body: { title: 'Mug', priceCents: 1200, ...body } })).id;
  }

  /** All that the table of payments holds. */
  async items(prefix = ''): Promise<readonly StoredItem[]> {
    const { dynamodb } = (await this.local.dump()) as Body;
    const [, items] = Object.entries(dynamodb).find(([name]) => name.includes('Payments')) ?? [];
    return (items as readonly StoredItem[]).map((item) => plain({ M: item })).filter(({ pk }) => String(pk).startsWith(prefix));
  }

  /** What was told, or is about to be, by type. */
  async told(userId: string): Promise<readonly StoredItem[]> {
    return (await this.items('O#')).map(({ event }) => event).filter(({ actor }) => actor === userId);
  }

  async stop(): Promise<void> {
    await this.local.dispose();
    await this.stripe.stop();
  }
}
