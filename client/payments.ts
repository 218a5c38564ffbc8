import type { Checkout, CheckoutInput, OwnPayments, PaymentChange, PaymentsPage } from '../contracts/payments.ts';
import { paymentsEndpoints as at } from './endpoints.ts';
import { expectObject, expectPage } from './read-answer.ts';
import type { CallOptions, Transport, WriteOptions } from './transport.ts';

/** The plans of a definition. */
export type PlanName<D> = D extends { readonly integrations: { readonly payments: { readonly plans: infer P } } }
  ? keyof P & string
  : never;

/** What is bought: products, or a plan of the definition. */
export type Purchase<D> =
  | Exclude<CheckoutInput, { readonly plan: string }>
  | (Extract<CheckoutInput, { readonly plan: string }> & { readonly plan: PlanName<D> });

/** Which part of a list. */
export interface PaymentsQuery {
  /** 1 to 100. @default 20 */
  readonly limit?: number;
  /** Of the page before. */
  readonly cursor?: string;
}

/**
 * What the signed-in user buys.
 *
 * @example
 * ```ts
 * const { url } = await client.payments.checkout({ items: [{ id: mug.id, quantity: 2 }] });
 * location.assign(url);
 * ```
 */
export class PaymentsClient<D> {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Begins a checkout. Send the buyer to its `url`. With the same `idempotencyKey`, a repeat gives the same checkout. */
  async checkout(body: Purchase<D>, { signal, idempotencyKey }: WriteOptions = {}): Promise<Checkout> {
    return expectObject(await this.#transport.send(at.createCheckout, { body, signal, idempotencyKey })) as unknown as Checkout;
  }

  /** Opens the billing portal, where the user changes or ends subscriptions. Send the user to its `url`. */
  async portal(body: { readonly returnPath?: string } = {}, { signal }: CallOptions = {}): Promise<{ readonly url: string }> {
    return expectObject(await this.#transport.send(at.createPortal, { body, signal })) as unknown as { readonly url: string };
  }

  /** The user's subscriptions, and a page of payments, newest first. */
  async me(query: PaymentsQuery = {}, { signal }: CallOptions = {}): Promise<OwnPayments> {
    return expectObject(await this.#transport.send(at.readOwnPayments, { query: { ...query }, signal })) as unknown as OwnPayments;
  }
}

/** The payments of all users, for members of the admin group. */
export class AllPaymentsClient {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * A page of the payments of a day, newest first.
   *
   * @param query.day UTC, as `2026-11-24`. @default today
   */
  async list(query: PaymentsQuery & { readonly day?: string } = {}, { signal }: CallOptions = {}): Promise<PaymentsPage<PaymentChange>> {
    return expectPage(await this.#transport.send(at.listPayments, { query: { ...query }, signal }));
  }
}
