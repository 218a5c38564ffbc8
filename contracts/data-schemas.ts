import { z } from 'zod';
import { type DataRoute, dataLimits, operationMembers } from './data.ts';

// Only the synth side and types read this file: a Lambda bundle holds what is compiled from it, never Zod.

/** The handlers look names and ids up; what is no name or id of anything is refused there, item by item. */
const model = z.string().min(1).max(100);
const id = z.string().min(1).max(100);
/** The version that the record must have. */
const ifMatch = z.int().min(1).optional();
/** Each model has a schema of its own for it. */
const body = z.looseObject({});

const memberRules = Object.entries(operationMembers)
  .map(
    ([op, members]) =>
      `${op}: ${Object.entries(members)
        .map(([name, required]) => (required ? name : `${name}?`))
        .join(', ')}`,
  )
  .join('; ');

/** One schema for all operations is a fifth of the validator that one schema for each would be; {@link operationMembers} says the rest. */
const operation = <const O extends readonly string[]>(op: O) =>
  z.strictObject({ op: z.enum(op).describe(memberRules), model, id: id.optional(), ifMatch, body: body.optional() });

const listOf = <T extends z.ZodType>(type: T) => z.array(type).min(1).max(dataLimits.maxOperations);

/** The bodies of requests by route; those of single writes come from the models. */
export const dataRequests = {
  runTransaction: z.strictObject({
    operations: listOf(operation(['create', 'update', 'replace', 'delete', 'check'])),
    returnRecords: z.boolean().optional(),
  }),
  readBatch: z.strictObject({ items: listOf(z.strictObject({ model, id })), consistent: z.boolean().optional() }),
  writeBatch: z.strictObject({ operations: listOf(operation(['create', 'update', 'replace', 'delete'])) }),
} as const satisfies Partial<Record<DataRoute, z.ZodType>>;

const record = z.looseObject({ id: z.string() });
const problem = z.looseObject({ status: z.int(), code: z.string(), detail: z.string() });
const results = <T extends z.ZodType>(type: T) => z.object({ results: z.array(type) });

/** The bodies of answers by route. */
export const dataReplies = {
  runTransaction: results(z.object({ status: z.int(), id: z.string(), record: record.optional() })),
  readBatch: results(z.object({ status: z.int(), record: record.optional(), problem: problem.optional() })),
  writeBatch: results(z.object({ status: z.int(), record: record.optional(), problem: problem.optional() })),
} as const;
