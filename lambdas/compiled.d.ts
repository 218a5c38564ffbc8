// Modules that the constructs write at synth time; esbuild resolves these names to them (lib/api/feature-function.ts).
// An ambient module may not import by a relative name (TS2439): what it imports so is `any`. Types in place may.
declare module '@compiled/data' {
  export const data: import('../contracts/compiled.ts').CompiledData;
  export const validators: Readonly<Record<string, import('../contracts/compiled.ts').ModelValidators>>;
  /** By route key; of the routes that are about no single model. */
  export const requestValidators: Readonly<Record<string, import('../contracts/compiled.ts').Validator>>;
}
declare module '@compiled/auth' {
  type AuthOptions = import('../contracts/auth.ts').AuthOptions;
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
