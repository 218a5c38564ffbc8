import { analyticsLimits } from '../../contracts/analytics.ts';
import type { AnalyticsOptions, CompiledAnalytics, ForwardOptions } from '../../contracts/analytics-options.ts';
import type { JsonSchema } from '../schema/json-schema.ts';
import { zodToJsonSchema } from '../schema/zod-to-json-schema.ts';

/** What a definition of analytics comes to. */
export interface CompiledAnalyticsOptions {
  readonly analytics: CompiledAnalytics;
  /** The schemas of properties, by the types of events. */
  readonly schemas: Readonly<Record<string, JsonSchema>>;
}

const typeName = /^[A-Za-z][A-Za-z0-9]*(?:[._-][A-Za-z0-9]+)*$/;
/** Secrets Manager, CreateSecret, Name. */
const secretName = /^[A-Za-z0-9/_+=.@-]{1,512}$/;
const maxRetentionDays = 36_500;
const quoted = (value: unknown): string => JSON.stringify(value);

const compileEvents = ({ events }: AnalyticsOptions): Readonly<Record<string, JsonSchema>> => {
  const entries = Object.entries(events);
  if (entries.length === 0) throw new Error('analytics.events is empty: name the types of events, with the schemas of their properties');
  return Object.fromEntries(
    entries.map(([name, type]) => {
      if (!typeName.test(name) || name.length > analyticsLimits.typeLength)
        throw new Error(`analytics.events has ${quoted(name)}: use at most ${analyticsLimits.typeLength} characters, as page.viewed`);
      const schema = zodToJsonSchema(type, 'input', `analytics.events.${name}`);
      if (schema.type !== 'object') throw new Error(`analytics.events.${name} is no object: use z.object({ … })`);
      return [name, schema];
    }),
  );
};

const checkPii = (names: readonly string[]): readonly string[] =>
  names.map((name) => {
    if (name.trim() === '') throw new Error(`analytics.pii has ${quoted(name)}: name properties, as email`);
    return name.toLowerCase();
  });

const checkRetention = (days: number): void => {
  if (Number.isInteger(days) && days >= 1 && days <= maxRetentionDays) return;
  throw new Error(`analytics.retentionDays is ${days}: use a whole number from 1 to ${maxRetentionDays}`);
};

const checkHost = (host: string): void => {
  const url = URL.canParse(host) ? new URL(host) : undefined;
  if (url?.protocol === 'https:' && url.origin === host) return;
  throw new Error(`analytics.forward.posthog.host is ${quoted(host)}: use an origin without a path, as https://eu.i.posthog.com`);
};

const checkForward = (forward: ForwardOptions): ForwardOptions => {
  for (const [name, { secretName: secret }] of Object.entries(forward)) {
    if (secretName.test(secret)) continue;
    throw new Error(
      `analytics.forward.${name}.secretName is ${quoted(secret)}: use the name of a secret of Secrets Manager, of letters, digits and /_+=.@-`,
    );
  }
  if (forward.posthog !== undefined) checkHost(forward.posthog.host);
  return forward;
};

/**
 * What handlers know of a definition of analytics.
 *
 * @throws Error for every mistake in it; it names the option, shows the value and says what to do
 */
export const compileAnalytics = (options: AnalyticsOptions): CompiledAnalyticsOptions => {
  const { pii = [], guests = false, consent = 'required', retentionDays, forward = {} } = options;
  if (consent !== 'required' && consent !== 'assumed')
    throw new Error(`analytics.consent is ${quoted(consent)}: use 'required' or 'assumed'`);
  if (retentionDays !== undefined) checkRetention(retentionDays);
  const schemas = compileEvents(options);
  return { analytics: { pii: checkPii(pii), guests, consent, forward: checkForward(forward) }, schemas };
};
