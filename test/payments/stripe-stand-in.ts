import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import Stripe from 'stripe';

// biome-ignore lint/suspicious/noExplicitAny: Stripe's objects have every shape
export type StripeObject = Record<string, any>;

/** A request as Stripe would see it. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly idempotencyKey: string | undefined;
}

/** What is answered in the place of the stand-in; `hang` answers nothing. */
export type StripeFault =
  | { readonly status?: number; readonly headers?: Readonly<Record<string, string>>; readonly body: string | Buffer }
  | 'hang';

/** How a webhook is signed. */
export interface Signing {
  readonly secret?: string;
  /** Seconds since the epoch. @default now */
  readonly timestamp?: number;
}

class Refusal extends Error {
  readonly status: number;
  readonly error: Readonly<Record<string, string>>;

  constructor(status: number, error: Readonly<Record<string, string>>) {
    super('refused');
    this.status = status;
    this.error = error;
  }
}

const newId = (prefix: string): string => `${prefix}_${randomBytes(12).toString('hex')}`;

/** The fields that the routes take; others are refused, as Stripe does. */
const known = {
  customers: /^metadata\[\w{1,40}\]$/,
  checkout:
    /^(mode|customer|client_reference_id|success_url|cancel_url|metadata\[\w{1,40}\]|(payment_intent|subscription)_data\[metadata\]\[\w{1,40}\]|line_items\[\d+\]\[(quantity|price|price_data\]\[(currency|unit_amount|product_data\]\[name))\])$/,
  portal: /^(customer|return_url)$/,
} as const;

const metadataOf = (fields: Readonly<Record<string, string>>, prefix: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => (name.startsWith(`${prefix}[`) ? [[name.slice(prefix.length + 1, -1), value]] : [])),
  );

/**
 * Stripe's API as far as payments use it, with a webhook that is signed by the official package. What it does not know it refuses as
 * Stripe does: unknown fields, unknown customers, another request with the same key.
 */
export class StripeStandIn {
  secretKey: string;
  webhookSecret = 'whsec_of_the_test';
  /** Where events go: `<API>/payments/webhook`. @default they are only kept */
  webhookUrl: string | undefined;
  readonly prices = new Set(['price_pro']);
  readonly customers = new Map<string, StripeObject>();
  readonly sessions = new Map<string, StripeObject>();
  readonly intents = new Map<string, StripeObject>();
  readonly subscriptions = new Map<string, StripeObject>();
  /** With the id of its payment, as Stripe tells one that is not expanded. */
  readonly disputes = new Map<string, StripeObject>();
  readonly seen: SeenRequest[] = [];
  readonly events: StripeObject[] = [];
  /** The time that it lives in: milliseconds since the epoch. */
  now: () => number = Date.now;
  /** Asked before each answer. */
  fault: ((request: SeenRequest) => StripeFault | undefined) | undefined;
  /** Waited for before each answer, after its object is as it will be told. */
  delay: ((request: SeenRequest) => Promise<void>) | undefined;

  readonly #server: Server;
  readonly #byKey = new Map<string, { readonly request: string; readonly answer: StripeObject }>();
  readonly #official: Stripe;

  private constructor(secretKey: string) {
    this.secretKey = secretKey;
    this.#official = new Stripe(this.secretKey);
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  /** @param secretKey the key that it takes; `secret` is what the backend's secret then holds */
  static async start(secretKey = `sk_test_${randomBytes(12).toString('hex')}`): Promise<StripeStandIn> {
    const standIn = new StripeStandIn(secretKey);
    await new Promise<void>((resolve) => standIn.#server.listen(0, '127.0.0.1', resolve));
    return standIn;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What the secret of the backend holds. */
  get secret(): string {
    return JSON.stringify({ secretKey: this.secretKey, webhookSecrets: [this.webhookSecret] });
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** The buyer pays on the page of a checkout. */
  async pay(sessionId: string): Promise<StripeObject> {
    const session = this.#open(sessionId);
    Object.assign(session, { status: 'complete', payment_status: 'paid' });
    if (session['mode'] === 'subscription') return this.#subscribe(session);
    const intent = this.#intentOf(session);
    Object.assign(intent, {
      status: 'succeeded',
      last_payment_error: null,
      latest_charge: { id: newId('ch'), object: 'charge', amount: intent['amount'], amount_refunded: 0, payment_intent: intent['id'] },
    });
    await this.tell('payment_intent.succeeded', intent);
    await this.tell('checkout.session.completed', session);
    return intent;
  }

  /** The bank refuses the buyer's card; the page stays open. */
  async decline(sessionId: string): Promise<StripeObject> {
    const intent = this.#intentOf(this.#open(sessionId));
    const error = {
      type: 'card_error',
      code: 'card_declined',
      decline_code: 'insufficient_funds',
      message: 'Your card has insufficient funds.',
    };
    Object.assign(intent, { status: 'requires_payment_method', last_payment_error: error });
    await this.tell('payment_intent.payment_failed', intent);
    return intent;
  }

  /** Somebody gives money back in the dashboard. */
  async refund(intentId: string, amount: number): Promise<void> {
    const charge = this.intents.get(intentId)?.['latest_charge'];
    charge.amount_refunded += amount;
    await this.tell('charge.refunded', charge);
  }

  /** The buyer asks the bank for the money back. */
  async dispute(intentId: string, more: StripeObject = {}): Promise<StripeObject> {
    const dispute: StripeObject = { id: newId('du'), object: 'dispute', payment_intent: intentId, status: 'needs_response' };
    Object.assign(dispute, { reason: 'fraudulent', amount: 1_000, currency: 'usd', created: this.#seconds(), ...more });
    this.disputes.set(dispute['id'], dispute);
    await this.tell('charge.dispute.created', dispute);
    return dispute;
  }

  async changeDispute(id: string, status: string): Promise<void> {
    const dispute = this.disputes.get(id) ?? {};
    dispute['status'] = status;
    await this.tell(`charge.dispute.${status === 'under_review' ? 'updated' : 'closed'}`, dispute);
  }

  async updateSubscription(id: string, change: StripeObject): Promise<void> {
    const subscription = this.subscriptions.get(id) ?? {};
    Object.assign(subscription, change);
    await this.tell(change['status'] === 'canceled' ? 'customer.subscription.deleted' : 'customer.subscription.updated', subscription);
  }

  /** An event as it is told of an object. */
  event(type: string, object: StripeObject, more: StripeObject = {}): StripeObject {
    const snapshot = structuredClone(object);
    return {
      id: newId('evt'),
      object: 'event',
      api_version: '2026-10-28.endive',
      created: this.#seconds(),
      type,
      livemode: false,
      data: { object: snapshot },
      ...more,
    };
  }

  /** Makes an event, and sends it where events go. */
  async tell(type: string, object: StripeObject, more: StripeObject = {}): Promise<StripeObject> {
    const event = this.event(type, object, more);
    this.events.push(event);
    if (this.webhookUrl !== undefined) {
      const { status } = await this.deliver(event);
      if (status !== 200) throw new Error(`the webhook answered ${status} to ${type}`);
    }
    return event;
  }

  /** The header of a webhook, by the official package. */
  sign(payload: string, { secret = this.webhookSecret, timestamp = this.#seconds() }: Signing = {}): string {
    return this.#official.webhooks.generateTestHeaderString({ payload, secret, timestamp });
  }

  /** Sends an event as Stripe does. */
  async deliver(event: StripeObject, signing: Signing = {}): Promise<Response> {
    const payload = JSON.stringify(event, null, 2);
    const headers = { 'content-type': 'application/json; charset=utf-8', 'stripe-signature': this.sign(payload, signing) };
    return fetch(this.webhookUrl ?? '', { method: 'POST', headers, body: payload });
  }

  #seconds(): number {
    return Math.floor(this.now() / 1_000);
  }

  #open(id: string): StripeObject {
    const session = this.sessions.get(id);
    if (session?.['status'] !== 'open') throw new Error(`the checkout ${id} is not open`);
    return session;
  }

  #intentOf(session: StripeObject): StripeObject {
    const present = this.intents.get(session['payment_intent'] ?? '');
    if (present !== undefined) return present;
    const intent = {
      id: newId('pi'),
      object: 'payment_intent',
      amount: session['amount_total'],
      currency: session['currency'],
      customer: session['customer'],
      status: 'requires_payment_method',
      last_payment_error: null,
      latest_charge: null,
      metadata: session['intentMetadata'],
      created: this.#seconds(),
      livemode: false,
    };
    session['payment_intent'] = intent.id;
    this.intents.set(intent.id, intent);
    return intent;
  }

  async #subscribe(session: StripeObject): Promise<StripeObject> {
    const end = this.#seconds() + 30 * 86_400;
    const subscription = {
      id: newId('sub'),
      object: 'subscription',
      status: 'active',
      customer: session['customer'],
      cancel_at_period_end: false,
      items: { object: 'list', data: [{ id: newId('si'), price: { id: session['price'], object: 'price' }, current_period_end: end }] },
      metadata: session['subscriptionMetadata'],
      created: this.#seconds(),
      livemode: false,
    };
    this.subscriptions.set(subscription.id, subscription);
    await this.tell('customer.subscription.created', subscription);
    return subscription;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const key = request.headers['idempotency-key'];
    const seen: SeenRequest = {
      method: request.method ?? '',
      path: request.url ?? '',
      fields: Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString())),
      idempotencyKey: typeof key === 'string' ? key : undefined,
    };
    this.seen.push(seen);
    const fault = this.fault?.(seen);
    if (fault === 'hang') return;
    if (fault !== undefined) {
      response.writeHead(fault.status ?? 200, { 'content-type': 'application/json', ...fault.headers }).end(fault.body);
      return;
    }
    const [status, body] = this.#outcome(seen, request.headers.authorization);
    const text = JSON.stringify(body);
    await this.delay?.(seen);
    response.writeHead(status, { 'content-type': 'application/json' }).end(text);
  }

  #outcome(seen: SeenRequest, authorization: string | undefined): readonly [status: number, body: StripeObject] {
    try {
      if (authorization !== `Bearer ${this.secretKey}`) {
        throw new Refusal(401, { type: 'invalid_request_error', message: `Invalid API Key provided: ${authorization}` });
      }
      return [200, seen.method === 'POST' ? this.#once(seen) : this.#read(seen)];
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return [error.status, { error: error.error }];
    }
  }

  #once(seen: SeenRequest): StripeObject {
    const request = JSON.stringify([seen.path, seen.fields]);
    const before = this.#byKey.get(seen.idempotencyKey ?? '');
    if (before !== undefined && before.request !== request) {
      throw new Refusal(400, {
        type: 'idempotency_error',
        message: 'Keys for idempotent requests can only be used with the same parameters',
      });
    }
    if (before !== undefined) return before.answer;
    const answer = this.#create(seen);
    if (seen.idempotencyKey !== undefined) this.#byKey.set(seen.idempotencyKey, { request, answer });
    return answer;
  }

  #create({ path, fields }: SeenRequest): StripeObject {
    if (path === '/v1/customers') return this.#createCustomer(fields);
    if (path === '/v1/checkout/sessions') return this.#createSession(fields);
    if (path === '/v1/billing_portal/sessions') return this.#createPortal(fields);
    throw new Refusal(404, { type: 'invalid_request_error', message: `Unrecognized request URL (POST: ${path})` });
  }

  #read({ path }: SeenRequest): StripeObject {
    const dispute = this.disputes.get(/^\/v1\/disputes\/(\w+)\?expand%5B%5D=payment_intent\.latest_charge$/.exec(path)?.[1] ?? '');
    if (dispute !== undefined) return { ...dispute, payment_intent: this.intents.get(dispute['payment_intent']) ?? null };
    const [, kind, id = ''] = /^\/v1\/(payment_intents|subscriptions)\/(\w+)(?:\?expand%5B%5D=latest_charge)?$/.exec(path) ?? [];
    const found = (kind === 'subscriptions' ? this.subscriptions : this.intents).get(id);
    if (found !== undefined) return found;
    throw new Refusal(404, { type: 'invalid_request_error', code: 'resource_missing', param: 'id', message: `No such object: '${id}'` });
  }

  #check(fields: Readonly<Record<string, string>>, pattern: RegExp): void {
    const unknown = Object.keys(fields).find((name) => !pattern.test(name));
    if (unknown !== undefined)
      throw new Refusal(400, { type: 'invalid_request_error', code: 'parameter_unknown', param: unknown, message: 'unknown' });
    const customer = fields['customer'];
    if (customer !== undefined && !this.customers.has(customer)) {
      throw new Refusal(400, {
        type: 'invalid_request_error',
        code: 'resource_missing',
        param: 'customer',
        message: `No such customer: '${customer}'`,
      });
    }
  }

  #createCustomer(fields: Readonly<Record<string, string>>): StripeObject {
    this.#check(fields, known.customers);
    const customer = { id: newId('cus'), object: 'customer', metadata: metadataOf(fields, 'metadata') };
    this.customers.set(customer.id, customer);
    return customer;
  }

  #createSession(fields: Readonly<Record<string, string>>): StripeObject {
    this.#check(fields, known.checkout);
    const price = fields['line_items[0][price]'];
    if (fields['mode'] === 'subscription' && !this.prices.has(price ?? '')) {
      throw new Refusal(400, {
        type: 'invalid_request_error',
        code: 'resource_missing',
        param: 'line_items[0][price]',
        message: 'No such price',
      });
    }
    const amounts = Object.entries(fields).flatMap(([name, value]) => {
      const [, index] = /^line_items\[(\d+)\]\[price_data\]\[unit_amount\]$/.exec(name) ?? [];
      return index === undefined ? [] : [Number(value) * Number(fields[`line_items[${index}][quantity]`])];
    });
    const id = newId('cs_test');
    const session: StripeObject = {
      id,
      object: 'checkout.session',
      url: `${this.url}/c/pay/${id}`,
      mode: fields['mode'],
      status: 'open',
      payment_status: 'unpaid',
      customer: fields['customer'],
      client_reference_id: fields['client_reference_id'],
      success_url: fields['success_url'],
      cancel_url: fields['cancel_url'],
      amount_total: amounts.reduce((sum, amount) => sum + amount, 0),
      currency: fields['line_items[0][price_data][currency]'] ?? 'eur',
      price,
      metadata: metadataOf(fields, 'metadata'),
      intentMetadata: metadataOf(fields, 'payment_intent_data[metadata]'),
      subscriptionMetadata: metadataOf(fields, 'subscription_data[metadata]'),
    };
    this.sessions.set(id, session);
    return session;
  }

  #createPortal(fields: Readonly<Record<string, string>>): StripeObject {
    this.#check(fields, known.portal);
    const id = newId('bps');
    return { id, object: 'billing_portal.session', url: `${this.url}/p/session/${id}`, return_url: fields['return_url'] };
  }
}
