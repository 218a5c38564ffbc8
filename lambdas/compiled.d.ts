// Modules that the constructs write at synth time; esbuild resolves these names to them (lib/api/feature-function.ts).
declare module '@compiled/data' {
  import type { CompiledData, ModelValidators } from '../contracts/compiled.ts';
  export const data: CompiledData;
  export const validators: Readonly<Record<string, ModelValidators>>;
}
declare module '@compiled/auth' {
  import type { AuthOptions } from '../contracts/auth.ts';
  import type { Validator } from '../contracts/compiled.ts';
  export const auth: Required<Omit<AuthOptions, 'password'>> & { readonly password: Required<NonNullable<AuthOptions['password']>> };
  /** By route key; routes without a body have none. */
  export const validators: Readonly<Record<string, Validator>>;
}
declare module '@compiled/api' {
  import type { CompiledApi } from '../contracts/compiled.ts';
  export const api: CompiledApi;
}
