import type { CompiledModel } from '../../contracts/compiled.ts';
import type { CompiledPayments } from '../../contracts/compiled-payments.ts';
import { systemFields } from '../../contracts/data.ts';
import { paymentsLimits } from '../../contracts/payments.ts';
import type { Catalog, PaymentsOptions } from '../../contracts/payments-options.ts';
import type { Stage } from '../stage.ts';

const show = (value: unknown): string => JSON.stringify(value);

/** "Secret names can contain alphanumeric characters and /_+=.@-" (CreateSecret, Name). */
const secretName = /^[A-Za-z0-9/_+=.@-]{1,512}$/;
const planName = /^[A-Za-z0-9_-]{1,64}$/;
const productId = /^[A-Za-z0-9_.-]{1,128}$/;

const checkUrl = (url: string, at: string, stage: Stage): string => {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const isLocal = parsed?.protocol === 'http:' && ['localhost', '127.0.0.1'].includes(parsed.hostname);
  const isAllowed = parsed?.protocol === 'https:' || (isLocal && stage !== 'production');
  if (isAllowed && parsed?.username === '' && parsed.password === '') return url;
  throw new Error(
    `${at} is ${show(url)}: use a URL as https://app.example.com/thanks${stage === 'production' ? '' : ', or http://localhost'}`,
  );
};

const checkField = (model: CompiledModel, field: string, kinds: readonly string[], at: string): void => {
  const kind = model.fields[field]?.kind;
  if (kind === undefined)
    throw new Error(`${at} is ${show(field)}, which is no field of ${model.name}: use one of ${Object.keys(model.fields).join(', ')}`);
  if (!kinds.includes(kind))
    throw new Error(`${at} is ${show(field)}, a field of the kind ${kind}: name one of the kind ${kinds.join(' or ')}`);
};

/** The fields that a filter looks at, at whatever depth. */
const fieldsIn = (filter: object): readonly string[] =>
  Object.entries(filter).flatMap(([name, value]) => (['and', 'or', 'not'].includes(name) ? [value].flat().flatMap(fieldsIn) : [name]));

const compileCatalog = (catalog: Catalog, models: Readonly<Record<string, CompiledModel>>): NonNullable<CompiledPayments['catalog']> => {
  const at = 'payments.catalog';
  const model = models[catalog.model];
  if (model === undefined) {
    throw new Error(
      `${at}.model is ${show(catalog.model)}, which is no model: use one of ${Object.keys(models).join(', ') || 'data.models (it is empty)'}`,
    );
  }
  checkField(model, catalog.price, ['integer', 'number'], `${at}.price`);
  checkField(model, catalog.name, ['string'], `${at}.name`);
  const known = new Set<string>([...Object.keys(model.fields), ...systemFields]);
  const unknown = fieldsIn(catalog.when ?? {}).find((field) => !known.has(field));
  if (unknown !== undefined)
    throw new Error(`${at}.when looks at ${show(unknown)}, which is no field of ${model.name}: use one of ${[...known].join(', ')}`);
  return { ...catalog, model };
};

const checkProducts = (products: NonNullable<PaymentsOptions['products']>): void => {
  for (const [id, { name, amount }] of Object.entries(products)) {
    const at = `payments.products.${id}`;
    if (!productId.test(id)) throw new Error(`payments.products has ${show(id)}: use 1 to 128 letters, digits, - _ and . for an id`);
    if (name.trim() === '' || name.length > 250) throw new Error(`${at}.name is ${show(name)}: use 1 to 250 characters`);
    if (!Number.isInteger(amount) || amount < 1 || amount > paymentsLimits.maxAmount) {
      throw new Error(
        `${at}.amount is ${amount}: use a whole number from 1 to ${paymentsLimits.maxAmount}, in the smallest unit of the currency`,
      );
    }
  }
};

const checkPlans = (plans: NonNullable<PaymentsOptions['plans']>): void => {
  for (const [name, price] of Object.entries(plans)) {
    if (!planName.test(name)) throw new Error(`payments.plans has ${show(name)}: use 1 to 64 letters, digits, - and _ for a name`);
    if (!/^price_[A-Za-z0-9_]{1,200}$/.test(price))
      throw new Error(`payments.plans.${name} is ${show(price)}: use the id of a price at Stripe, as price_…`);
  }
  const doubled = Object.entries(plans).find(([name, price]) =>
    Object.entries(plans).some(([other, id]) => other !== name && id === price),
  );
  if (doubled !== undefined) throw new Error(`payments.plans names the price ${doubled[1]} twice: give each plan a price of its own`);
};

const compileUserDelete = (choice: unknown): Pick<CompiledPayments, 'onUserDelete'> => {
  if (choice === undefined || choice === 'keep') return {};
  if (choice === 'cancel') return { onUserDelete: choice };
  throw new Error(`payments.onUserDelete is ${show(choice)}: use 'keep' or 'cancel'`);
};

const checkSold = ({ catalog, products = {}, plans = {} }: PaymentsOptions): void => {
  if (catalog !== undefined && Object.keys(products).length > 0) throw new Error('payments has a catalog and products: name one of them');
  if (catalog === undefined && Object.keys(products).length === 0 && Object.keys(plans).length === 0) {
    throw new Error('payments sells nothing: give it a catalog, products or plans');
  }
};

/**
 * Checks the definition of payments and fills in what is not said.
 *
 * @param models what a catalog may be of
 * @throws Error that names the prop, shows the value and says what to do
 */
export const compilePayments = (
  options: PaymentsOptions,
  models: Readonly<Record<string, CompiledModel>>,
  stage: Stage,
): CompiledPayments => {
  const { currency, maxQuantity = 99, products = {}, plans = {}, livemode = stage === 'production' } = options;
  if (!secretName.test(options.secretName)) {
    throw new Error(`payments.secretName is ${show(options.secretName)}: use the name of a secret in Secrets Manager, as payments/stripe`);
  }
  if (!/^[a-z]{3}$/.test(currency))
    throw new Error(`payments.currency is ${show(currency)}: use a code of ISO 4217 in small letters, as eur`);
  if (!Number.isInteger(maxQuantity) || maxQuantity < 1 || maxQuantity > 1_000_000) {
    throw new Error(`payments.maxQuantity is ${maxQuantity}: use a whole number from 1 to 1000000`);
  }
  checkSold(options);
  checkProducts(products);
  checkPlans(plans);
  const cancelUrl = checkUrl(options.cancelUrl, 'payments.cancelUrl', stage);
  return {
    currency,
    livemode,
    maxQuantity,
    successUrl: checkUrl(options.successUrl, 'payments.successUrl', stage),
    cancelUrl,
    returnUrl: options.returnUrl === undefined ? cancelUrl : checkUrl(options.returnUrl, 'payments.returnUrl', stage),
    plans,
    products,
    ...compileUserDelete(options.onUserDelete),
    ...(options.catalog !== undefined && { catalog: compileCatalog(options.catalog, models) }),
  };
};
