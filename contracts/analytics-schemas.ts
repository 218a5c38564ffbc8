import { z } from 'zod';
import { type AnalyticsRoute, analyticsLimits } from './analytics.ts';

// Only the synth side and types read this file: a Lambda bundle holds what is compiled from it, never Zod.

/** The bodies of requests by route. Objects are strict: an unknown field is refused. */
export const analyticsRequests = {
  recordEvents: z.strictObject({
    consent: z.boolean().optional(),
    anonymousId: z
      .string()
      .min(1)
      .max(analyticsLimits.anonymousIdLength)
      .regex(/^[A-Za-z0-9_.:-]+$/)
      .optional(),
    events: z
      .array(
        z.strictObject({
          id: z.uuid().optional(),
          type: z.string().min(1).max(analyticsLimits.typeLength),
          at: z.iso.datetime({ offset: true }).optional(),
          // The schema of the type says what is in it.
          properties: z.record(z.string(), z.unknown()).optional(),
        }),
      )
      .min(1)
      .max(analyticsLimits.events),
  }),
  setConsent: z.strictObject({ consent: z.boolean() }),
} as const satisfies Partial<Record<AnalyticsRoute, z.ZodType>>;

const consent = z.object({ consent: z.boolean().nullable() });

/** The bodies of answers by route. */
export const analyticsReplies = {
  recordEvents: z.object({ accepted: z.int() }),
  readConsent: consent,
  setConsent: consent,
} as const satisfies Partial<Record<AnalyticsRoute, z.ZodType>>;

/** The body of a request, as its schema has it. */
export type AnalyticsRequest<K extends keyof typeof analyticsRequests> = z.output<(typeof analyticsRequests)[K]>;
