import type { LocalAccount, ResolvedResource } from '../service.ts';
import { number, record, text } from './function-definition.ts';
import { functionArn } from './identify-lambda.ts';

/** What becomes of events that nobody waits for: an `AWS::Lambda::EventInvokeConfig`. */
export interface InvokeConfig {
  readonly maxRetries: number;
  readonly maxAgeMs: number;
  readonly onSuccess: string | undefined;
  readonly onFailure: string | undefined;
}

/** AWS: two retries, six hours. */
const DEFAULTS: InvokeConfig = { maxRetries: 2, maxAgeMs: 6 * 3_600_000, onSuccess: undefined, onFailure: undefined };

/** The configurations by the ARN of their function; functions without one have AWS's defaults. */
export class InvokeConfigs {
  readonly #byFunction: ReadonlyMap<string, InvokeConfig>;

  constructor(resources: readonly ResolvedResource[], account: LocalAccount) {
    this.#byFunction = new Map(
      resources
        .filter(({ type }) => type === 'AWS::Lambda::EventInvokeConfig')
        .map(({ properties }) => [functionArn(text(properties['FunctionName']) ?? '', account), readConfig(properties)]),
    );
  }

  of(arn: string): InvokeConfig {
    return this.#byFunction.get(arn) ?? DEFAULTS;
  }
}

function readConfig(properties: ResolvedResource['properties']): InvokeConfig {
  const destinations = record(properties['DestinationConfig']);
  const maxAgeSeconds = number(properties['MaximumEventAgeInSeconds']);
  return {
    maxRetries: number(properties['MaximumRetryAttempts']) ?? DEFAULTS.maxRetries,
    maxAgeMs: maxAgeSeconds === undefined ? DEFAULTS.maxAgeMs : maxAgeSeconds * 1_000,
    onSuccess: text(record(destinations['OnSuccess'])['Destination']),
    onFailure: text(record(destinations['OnFailure'])['Destination']),
  };
}
