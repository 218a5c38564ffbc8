import type { CompiledModel } from './compiled.ts';
import type { Catalog, FixedProduct } from './payments-options.ts';

/** `@compiled/payments`: what the handlers know of the definition. */
export interface CompiledPayments {
  readonly currency: string;
  readonly livemode: boolean;
  readonly maxQuantity: number;
  readonly successUrl: string;
  readonly cancelUrl: string;
  readonly returnUrl: string;
  /** Ids of prices by the names of plans. */
  readonly plans: Readonly<Record<string, string>>;
  readonly products: Readonly<Record<string, FixedProduct>>;
  /** Subscriptions of deleted users end. @default they go on */
  readonly onUserDelete?: 'cancel';
  readonly catalog?: Omit<Catalog, 'model'> & { readonly model: CompiledModel };
}
