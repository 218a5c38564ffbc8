import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

/** A product or plan on the page of a checkout. */
export interface CheckoutLine {
  readonly name: string;
  readonly amount: number;
  readonly quantity: number;
}

/** A checkout, with what is made of it when somebody pays. */
export interface StandInSession {
  readonly id: string;
  readonly mode: 'payment' | 'subscription';
  readonly customer: string;
  readonly successUrl: string;
  readonly cancelUrl: string;
  readonly currency: string;
  readonly lines: readonly CheckoutLine[];
  /** The id of the price of a plan. */
  readonly price?: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly status: 'open' | 'complete';
  /** The payment that was tried and refused. */
  readonly payment?: string;
}

/** An object as Stripe's API shows it. */
export type StandInObject = Readonly<Record<string, unknown>> & { readonly id: string };

interface Contents {
  customers: Record<string, { readonly id: string; readonly returnUrl?: string }>;
  sessions: Record<string, StandInSession>;
  payment_intents: Record<string, StandInObject>;
  subscriptions: Record<string, StandInObject>;
}

const EMPTY: Contents = { customers: {}, sessions: {}, payment_intents: {}, subscriptions: {} };

/** What the stand-in keeps, in a file or in memory. */
export class StandInStore {
  readonly #file: string | undefined;
  readonly #contents: Contents;
  /** Answers by the key of their requests, of this run, with what was asked. */
  readonly #answers = new Map<string, { readonly asked: string; readonly answer: StandInObject }>();

  constructor(file: string | undefined) {
    this.#file = file;
    const stored = file !== undefined && existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Contents) : EMPTY;
    this.#contents = { ...structuredClone(EMPTY), ...stored };
  }

  newId(prefix: string): string {
    return `${prefix}_${randomBytes(12).toString('hex')}`;
  }

  find<K extends keyof Contents>(kind: K, id: string): Contents[K][string] | undefined {
    return Object.hasOwn(this.#contents[kind], id) ? (this.#contents[kind][id] as Contents[K][string]) : undefined;
  }

  subscriptionsOf(customer: string): readonly StandInObject[] {
    return Object.values(this.#contents.subscriptions).filter((subscription) => subscription['customer'] === customer);
  }

  put<K extends keyof Contents>(kind: K, object: Contents[K][string]): void {
    this.#contents[kind][object.id] = object as never;
    this.#save();
  }

  /** The answer to a request that has a key, made once. Undefined: the key was used for another request. */
  once(key: string | undefined, asked: string, make: () => StandInObject): StandInObject | undefined {
    const before = key === undefined ? undefined : this.#answers.get(key);
    if (before !== undefined) return before.asked === asked ? before.answer : undefined;
    const answer = make();
    if (key !== undefined) this.#answers.set(key, { asked, answer });
    return answer;
  }

  #save(): void {
    if (this.#file === undefined) return;
    writeFileSync(`${this.#file}.next`, JSON.stringify(this.#contents), { mode: 0o600 });
    renameSync(`${this.#file}.next`, this.#file);
  }
}
