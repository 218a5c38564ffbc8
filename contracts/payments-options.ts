import type { Filter } from './filter.ts';

/** A product with a price that never comes from a request. */
export interface FixedProduct {
  readonly name: string;
  /** In the smallest unit of the currency, as cents. */
  readonly amount: number;
}

/** Products that are records of a model. Who may not read the record may not buy it. */
export interface Catalog {
  readonly model: string;
  /** The field with the price in the smallest unit of the currency, as cents: a whole number from 1. */
  readonly price: string;
  /** The field with the name that the checkout page shows. */
  readonly name: string;
  /** What must hold of a record to be sold: `{ published: true }`. @default nothing more than that the buyer may read it */
  readonly when?: Filter;
}

/** Payments by Stripe: what is sold, and where buyers go afterwards. Name a `catalog`, `products` or `plans`. */
export interface PaymentsOptions {
  /**
   * The secret of Secrets Manager that holds JSON `{ "secretKey": "sk_…", "webhookSecrets": ["whsec_…"] }`. With two webhook secrets
   * the one of before a rotation stays good.
   */
  readonly secretName: string;
  /** ISO 4217, in small letters: `eur`. */
  readonly currency: string;
  /** Products that are records. @default none */
  readonly catalog?: Catalog;
  /** Products by their ids, with fixed prices. Not with `catalog`. @default none */
  readonly products?: Readonly<Record<string, FixedProduct>>;
  /** Subscriptions by name, with the ids of their prices at Stripe: `{ pro: 'price_…' }`. @default none */
  readonly plans?: Readonly<Record<string, string>>;
  /** Where buyers come back to. Requests choose other paths, never another origin. `{CHECKOUT_SESSION_ID}` in it is filled in by Stripe. */
  readonly successUrl: string;
  /** Where those come back to who did not pay. */
  readonly cancelUrl: string;
  /** Where the billing portal leads back to. @default cancelUrl */
  readonly returnUrl?: string;
  /** The most of one product in one checkout. @default 99 */
  readonly maxQuantity?: number;
  /**
   * What becomes of the subscriptions of users who delete their accounts. `cancel`: they end at once; what was paid is not paid back.
   * @default 'keep': Stripe goes on charging, and the user can no longer reach the billing portal
   */
  readonly onUserDelete?: 'keep' | 'cancel';
  /** Takes real money: only events of Stripe's live mode count, else only those of its test mode. @default true in production */
  readonly livemode?: boolean;
}
