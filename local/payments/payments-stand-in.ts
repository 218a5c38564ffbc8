import { createHmac } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { standInKeys, standInPath } from '../../contracts/payments-stand-in.ts';
import type { Clock } from '../clock.ts';
import { readBody } from '../http/aws-body.ts';
import { isLocalRequest } from '../http/aws-origin-guard.ts';
import { answerApi } from './stand-in-api.ts';
import { absentPage, checkoutPage, portalPage, type StandInPage } from './stand-in-page.ts';
import { type StandInObject, type StandInSession, StandInStore } from './stand-in-store.ts';

export interface PaymentsStandInOptions {
  /** Where its objects are kept. @default - in memory */
  readonly file: string | undefined;
  readonly clock: Clock;
  /** Where webhooks go. */
  readonly apiUrl: string;
  readonly endpointUrl: string;
}

const MONTH_SECONDS = 30 * 86_400;
const DECLINED = { type: 'card_error', code: 'card_declined', decline_code: 'generic_decline' };

/**
 * Stands in for Stripe on a developer's machine: its API as far as functions use it, and pages to pay, to have a card refused and to
 * end a subscription, from which signed webhooks go to the backend.
 */
export class PaymentsStandIn {
  readonly #options: PaymentsStandInOptions;
  readonly #store: StandInStore;

  constructor(options: PaymentsStandInOptions) {
    this.#options = options;
    this.#store = new StandInStore(options.file);
  }

  /** Takes a request if it is for the stand-in. */
  take(request: IncomingMessage, response: ServerResponse): boolean {
    if (request.url?.startsWith(`${standInPath}/`) !== true) return false;
    this.#answer(request, response).catch((error: unknown) => {
      this.#json(response, 500, { error: { type: 'api_error', message: error instanceof Error ? error.message : String(error) } });
    });
    return true;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!isLocalRequest(request)) return this.#json(response, 403, { error: { type: 'only pages and programs of this machine may ask' } });
    const { pathname } = new URL(request.url ?? '/', this.#options.endpointUrl);
    const path = pathname.slice(standInPath.length);
    const method = request.method ?? 'GET';
    const fields = Object.fromEntries(new URLSearchParams((await readBody(request, 'plinth')).toString()));
    const [, kind, id = ''] = /^\/(checkout|portal)\/(\w+)$/.exec(path) ?? [];
    if (kind !== undefined)
      return this.#show(response, await (kind === 'checkout' ? this.#checkout(method, id, fields) : this.#portal(method, id, fields)));
    if (request.headers.authorization !== `Bearer ${standInKeys.secretKey}`)
      return this.#json(response, 401, { error: { type: 'invalid_request_error' } });
    const [, subscription] = method === 'DELETE' ? (/^\/v1\/subscriptions\/(\w+)$/.exec(path) ?? []) : [];
    const ended = subscription === undefined ? undefined : await this.#end(subscription);
    if (ended !== undefined) return this.#json(response, 200, ended);
    const key = request.headers['idempotency-key'];
    const { status, body } = answerApi(
      this.#store,
      { method, path, fields, idempotencyKey: typeof key === 'string' ? key : undefined },
      this.#options.endpointUrl,
    );
    this.#json(response, status, body);
  }

  /** @returns a page, or where to go on */
  async #checkout(method: string, id: string, { action }: Readonly<Record<string, string>>): Promise<StandInPage | URL> {
    const session = this.#store.find('sessions', id);
    if (session === undefined) return absentPage();
    if (method !== 'POST' || session.status !== 'open') return checkoutPage(session);
    if (action === 'decline' && session.mode === 'payment') {
      const payment = this.#settle(session, { status: 'requires_payment_method', last_payment_error: DECLINED, latest_charge: null });
      await this.#tell('payment_intent.payment_failed', payment);
      return checkoutPage(session, 'The card was refused. You may try again.');
    }
    if (action !== 'pay') return checkoutPage(session);
    await this.#pay(session);
    return new URL(session.successUrl.replaceAll('{CHECKOUT_SESSION_ID}', id));
  }

  async #pay(session: StandInSession): Promise<void> {
    this.#store.put('sessions', { ...session, status: 'complete' });
    if (session.mode === 'subscription') return this.#subscribe(session);
    const charge = { id: this.#store.newId('ch_local'), object: 'charge', amount_refunded: 0 };
    const payment = this.#settle(session, { status: 'succeeded', last_payment_error: null, latest_charge: charge });
    await this.#tell('payment_intent.succeeded', payment);
  }

  #settle(session: StandInSession, change: object): StandInObject {
    const current = this.#store.find('sessions', session.id) ?? session;
    const id = current.payment ?? this.#store.newId('pi_local');
    const { customer, currency, metadata, lines } = session;
    const amount = lines.reduce((sum, line) => sum + line.amount * line.quantity, 0);
    const before = this.#store.find('payment_intents', id) ?? { created: this.#seconds() };
    const payment = { ...before, id, object: 'payment_intent', amount, currency, customer, metadata, livemode: false, ...change };
    this.#store.put('payment_intents', payment);
    this.#store.put('sessions', { ...current, payment: id });
    return payment;
  }

  async #subscribe({ customer, price, metadata }: StandInSession): Promise<void> {
    const created = this.#seconds();
    const item = { id: this.#store.newId('si_local'), price: { id: price }, current_period_end: created + MONTH_SECONDS };
    const subscription = {
      id: this.#store.newId('sub_local'),
      object: 'subscription',
      status: 'active',
      customer,
      cancel_at_period_end: false,
      items: { object: 'list', data: [item] },
      metadata,
      created,
      livemode: false,
    };
    this.#store.put('subscriptions', subscription);
    await this.#tell('customer.subscription.created', subscription);
  }

  async #portal(method: string, id: string, fields: Readonly<Record<string, string>>): Promise<StandInPage> {
    const customer = this.#store.find('customers', id);
    if (customer === undefined) return absentPage();
    const own = this.#store.subscriptionsOf(id).find((one) => one.id === fields['id']);
    if (method === 'POST' && fields['action'] === 'cancel' && own !== undefined) await this.#end(own.id);
    return portalPage(this.#store.subscriptionsOf(id), customer.returnUrl ?? '');
  }

  /** @returns the subscription; undefined if it had ended before */
  async #end(id: string): Promise<StandInObject | undefined> {
    const subscription = this.#store.find('subscriptions', id);
    if (subscription === undefined || subscription['status'] === 'canceled') return undefined;
    const canceled = { ...subscription, status: 'canceled' };
    this.#store.put('subscriptions', canceled);
    await this.#tell('customer.subscription.deleted', canceled);
    return canceled;
  }

  #seconds(): number {
    return Math.floor(this.#options.clock.now() / 1_000);
  }

  /** Sends a webhook as Stripe does (https://docs.stripe.com/webhooks#verify-manually). */
  async #tell(type: string, object: StandInObject): Promise<void> {
    const created = this.#seconds();
    const body = JSON.stringify({ id: this.#store.newId('evt_local'), object: 'event', created, type, livemode: false, data: { object } });
    const signature = createHmac('sha256', standInKeys.webhookSecrets[0]).update(`${created}.${body}`).digest('hex');
    const headers = { 'content-type': 'application/json; charset=utf-8', 'stripe-signature': `t=${created},v1=${signature}` };
    const { ok, status } = await fetch(`${this.#options.apiUrl}/payments/webhook`, { method: 'POST', headers, body });
    if (!ok) throw new Error(`the backend answered ${status} to the webhook ${type}: see its log`);
  }

  #show(response: ServerResponse, shown: StandInPage | URL): void {
    // Without a referrer the form would come without an origin, and be refused as one of another site.
    const common = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'referrer-policy': 'same-origin' };
    if (shown instanceof URL) {
      response.writeHead(303, { ...common, location: shown.href }).end();
      return;
    }
    const type = 'text/html; charset=utf-8';
    response.writeHead(200, { ...common, 'content-type': type, 'content-security-policy': shown.policy }).end(shown.html);
  }

  #json(response: ServerResponse, status: number, body: object): void {
    response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end(JSON.stringify(body));
  }
}
