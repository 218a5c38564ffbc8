// Modules that the constructs write at synth time; esbuild resolves these names to them (lib/api/feature-function.ts).
// An ambient module may not import by a relative name (TS2439): what it imports so is `any`. Types in place may.
declare module '@compiled/data' {
  export const data: import('../contracts/compiled.ts').CompiledData;
  export const validators: Readonly<Record<string, import('../contracts/compiled.ts').ModelValidators>>;
  /** By route key; of the routes that are about no single model. */
  export const requestValidators: Readonly<Record<string, import('../contracts/compiled.ts').Validator>>;
  /** Undefined where no model has a hook: what it needs is then not in the bundle. */
  export const callHook: import('../contracts/hooks.ts').CallHook | undefined;
}
declare module '@compiled/auth' {
  type AuthOptions = import('../contracts/auth.ts').AuthOptions;
  /** Undefined where nobody is asked before a registration: what it needs is then not in the bundle. */
  export const callHook: import('../contracts/hooks.ts').CallHook | undefined;
  export const auth: Required<Omit<AuthOptions, 'password'>> & { readonly password: Required<NonNullable<AuthOptions['password']>> };
  /** By route key; routes without a body have none. */
  export const validators: Readonly<Record<string, import('../contracts/compiled.ts').Validator>>;
}
declare module '@compiled/api' {
  export const api: import('../contracts/compiled.ts').CompiledApi;
}
declare module '@compiled/files' {
  export const files: import('../contracts/compiled.ts').CompiledFiles;
  /** By route key; routes without a body have none. Only for the function that answers requests. */
  export const validators: Readonly<Record<string, import('../contracts/compiled.ts').Validator>>;
}
declare module '@compiled/push' {
  export const push: import('../contracts/compiled.ts').CompiledPush;
  /** By route key; routes without a body have none. */
  export const requestValidators: Readonly<Record<string, import('../contracts/compiled.ts').Validator>>;
}
declare module '@compiled/events' {
  export const events: import('../contracts/compiled.ts').CompiledEvents;
}
declare module '@compiled/own-events' {
  /** By event type: those that the function may send. */
  export const eventValidators: Readonly<Record<string, import('../contracts/compiled.ts').Validator>>;
}
declare module '@compiled/function' {
  export const definition: import('../contracts/compiled-function.ts').CompiledFunction;
  /** By route key; what has no schema has none. */
  export const inputs: Readonly<Record<string, import('../contracts/compiled.ts').Validator>>;
  export const outputs: Readonly<Record<string, import('../contracts/compiled.ts').Validator>>;
  /** Of the messages that the function puts into queues, by the names of these. */
  export const queues: Readonly<Record<string, import('../contracts/compiled.ts').Validator>>;
  /** Of the messages of the function's queue. */
  export const message: import('../contracts/compiled.ts').Validator | undefined;
}
// The parts of functions that a function has. The others are undefined, and not in its bundle.
declare module '@compiled/function-parts' {
  /** What the entry of the function exports. */
  export const handler: (run: never, context: never) => unknown;
  export const answerHook: typeof import('./functions/answer-hook.ts').answerHook | undefined;
  export const answerRequests: typeof import('./functions/answer-requests.ts').answerRequests | undefined;
  export const runMessages: typeof import('./functions/run-messages.ts').runMessages | undefined;
  export const createBackend: typeof import('./functions/create-backend.ts').createBackend | undefined;
  export const createInbound: typeof import('./functions/inbound-store.ts').createInbound | undefined;
  export const createEvents: typeof import('./functions/create-events.ts').createEvents | undefined;
  export const createQueues: typeof import('./functions/messages-queue.ts').createQueues | undefined;
  export const createSecrets: typeof import('./functions/secrets-store.ts').createSecrets | undefined;
}
declare module '@compiled/function-features' {
  /** By the first segment of their paths. */
  export const features: Readonly<Record<string, import('./runtime/in-process.ts').InProcess>>;
}
declare module '@compiled/payments' {
  export const payments: import('../contracts/compiled-payments.ts').CompiledPayments;
  /** By route key; routes without a body have none. */
  export const requestValidators: Readonly<Record<string, import('../contracts/compiled.ts').Validator>>;
}
declare module '@compiled/email' {
  export const email: import('../contracts/email-options.ts').CompiledEmail;
  /** By route key; routes without a body have none. */
  export const requestValidators: Readonly<Record<string, import('../contracts/compiled.ts').Validator>>;
  /** Of the values of templates, by their names; those without values have none. */
  export const templateValidators: Readonly<Record<string, import('../contracts/compiled.ts').Validator>>;
}
declare module '@compiled/email-transport' {
  export const sendMail: import('./email/mail.ts').SendMail;
  /** Undefined where no files are sent along. */
  export const readBytes: typeof import('./email/attachments-store.ts').readBytes | undefined;
}
declare module '@compiled/email-files' {
  /** Undefined where no files are sent along. */
  export const findBytes: typeof import('./files/find-bytes.ts').findBytes | undefined;
  /** The folders whose files this function may send along. */
  export const attachable: readonly string[];
}
declare module '@compiled/analytics' {
  export const analytics: import('../contracts/analytics-options.ts').CompiledAnalytics;
  /** By route key; routes without a body have none. */
  export const requestValidators: Readonly<Record<string, import('../contracts/compiled.ts').Validator>>;
  /** Of the properties of events, by their types. */
  export const eventValidators: Readonly<Record<string, import('../contracts/compiled.ts').Validator>>;
}
declare module '@compiled/webhooks' {
  export const webhooks: import('../contracts/webhooks-options.ts').CompiledWebhooks;
  /** By route key; routes without a body have none. */
  export const requestValidators: Readonly<Record<string, import('../contracts/compiled.ts').Validator>>;
}
declare module '@compiled/inbound' {
  export const inbound: import('../contracts/inbound.ts').CompiledInbound;
}
