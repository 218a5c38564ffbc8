import type { FeatureFunctionProps } from './feature-function.ts';

/** What a function needs to use a feature inside of itself. */
export type FunctionParts = Required<Pick<FeatureFunctionProps, 'environment' | 'grants' | 'modules'>>;

/** How a function uses a feature. */
export interface FunctionPartsOptions {
  /** It may act as its caller, too, and not as the system only: then rules count, and what they look at, and hooks are asked. @default false */
  readonly asCaller?: boolean;
  /** Its code is none of ours, and works on the tables of records itself: with them alone, and not with all that our writes look at. @default false */
  readonly direct?: boolean;
}
