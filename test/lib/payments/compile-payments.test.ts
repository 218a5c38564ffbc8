import { z } from 'zod';
import { model } from '../../../contracts/model.ts';
import type { PaymentsOptions } from '../../../contracts/payments-options.ts';
import { compileModels } from '../../../lib/data/compile-models.ts';
import { compilePayments } from '../../../lib/payments/compile-payments.ts';
import type { Stage } from '../../../lib/stage.ts';

const Product = model({
  fields: { title: z.string(), priceCents: z.int(), published: z.boolean().default(true) },
  access: (allow) => [allow.signedIn().to('get')],
});
const { models } = compileModels({ Product }, []).data;
const catalog = { model: 'Product', price: 'priceCents', name: 'title' };
const basis: PaymentsOptions = {
  secretName: 'shop/stripe',
  currency: 'eur',
  catalog,
  successUrl: 'https://shop.example.com/thanks',
  cancelUrl: 'https://shop.example.com/cart',
};
const compile = (change: Partial<PaymentsOptions>, stage: Stage = 'development') => compilePayments({ ...basis, ...change }, models, stage);

describe('compilePayments refuses', () => {
  const refusals: readonly [string, Partial<PaymentsOptions>, string][] = [
    ['a secret name with a space', { secretName: 'my secret' }, 'payments.secretName is "my secret"'],
    ['a currency in capitals', { currency: 'EUR' }, 'payments.currency is "EUR"'],
    ['nothing to sell', { catalog: undefined as never }, 'payments sells nothing: give it a catalog, products or plans'],
    ['two kinds of products', { products: { mug: { name: 'Mug', amount: 1 } } }, 'payments has a catalog and products: name one of them'],
    [
      'a model that is none',
      { catalog: { ...catalog, model: 'Mug' } },
      'payments.catalog.model is "Mug", which is no model: use one of Product',
    ],
    [
      'a price field that is none',
      { catalog: { ...catalog, price: 'price' } },
      'payments.catalog.price is "price", which is no field of Product',
    ],
    [
      'a price that is a text',
      { catalog: { ...catalog, price: 'title' } },
      'a field of the kind string: name one of the kind integer or number',
    ],
    [
      'a name that is a number',
      { catalog: { ...catalog, name: 'priceCents' } },
      'payments.catalog.name is "priceCents", a field of the kind integer',
    ],
    [
      'a condition on no field',
      { catalog: { ...catalog, when: { or: [{ published: true }, { live: true }] } as never } },
      'payments.catalog.when looks at "live"',
    ],
    [
      'a fixed price of zero',
      { catalog: undefined as never, products: { mug: { name: 'Mug', amount: 0 } } },
      'payments.products.mug.amount is 0',
    ],
    ['a fixed price in euros', { catalog: undefined as never, products: { mug: { name: 'Mug', amount: 9.99 } } }, 'in the smallest unit'],
    ['an id with a space', { catalog: undefined as never, products: { 'a b': { name: 'Mug', amount: 1 } } }, 'payments.products has "a b"'],
    [
      'a product without a name',
      { catalog: undefined as never, products: { mug: { name: ' ', amount: 1 } } },
      'payments.products.mug.name is " "',
    ],
    ['a plan by the id of a product', { plans: { pro: 'prod_1' } }, 'payments.plans.pro is "prod_1": use the id of a price at Stripe'],
    ['a plan with a space', { plans: { 'my plan': 'price_1' } }, 'payments.plans has "my plan"'],
    ['a price of two plans', { plans: { a: 'price_1', b: 'price_1' } }, 'payments.plans names the price price_1 twice'],
    ['plain http', { successUrl: 'http://shop.example.com' }, 'payments.successUrl is "http://shop.example.com": use a URL as https://'],
    ['a path', { cancelUrl: '/cart' }, 'payments.cancelUrl is "/cart"'],
    ['a URL with a password', { returnUrl: 'https://a:b@shop.example.com' }, 'payments.returnUrl is'],
    ['no quantity', { maxQuantity: 0 }, 'payments.maxQuantity is 0'],
  ];
  it.each(refusals)('%s', (_, change, message) => {
    expect(() => compile(change)).toThrow(message);
  });

  it('a machine of a developer in production', () => {
    expect(() => compile({ successUrl: 'http://localhost:3000/thanks' }, 'production')).toThrow('payments.successUrl');
  });
});

describe('compilePayments', () => {
  it('fills in what is not said', () => {
    expect(compile({})).toEqual({
      currency: 'eur',
      livemode: false,
      maxQuantity: 99,
      successUrl: basis.successUrl,
      cancelUrl: basis.cancelUrl,
      returnUrl: basis.cancelUrl,
      plans: {},
      products: {},
      catalog: { ...catalog, model: models['Product'] },
    });
  });

  it('takes real money in production only, if nothing else is said', () => {
    expect(compile({}, 'production').livemode).toBe(true);
    expect(compile({ livemode: false }, 'production').livemode).toBe(false);
  });

  it('takes a machine of a developer', () => {
    expect(compile({ successUrl: 'http://localhost:3000/thanks' }).successUrl).toBe('http://localhost:3000/thanks');
  });
});
