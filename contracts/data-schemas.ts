import { z } from 'zod';
import { type DataRoute, dataLimits } from './data.ts';

// Only the synth side and types read this file: a Lambda bundle holds what is compiled from it, never Zod.

/** The handlers look names and ids up; what is no name or id of anything is refused there, item by item. */
const model = z.string().min(1).max(100);
const id = z.string().min(1).max(100);
/** The version that the record must have. */
const ifMatch = z.int().min(1).optional();
/** Each model has a schema of its own for it. */
const body = z.looseObject({});

const create = z.strictObject({ op: z.literal('create'), model, body });
const update = z.strictObject({ op: z.literal('update'), model, id, ifMatch, body });
const replace = z.strictObject({ op: z.literal('replace'), model, id, ifMatch, body });
const remove = z.strictObject({ op: z.literal('delete'), model, id, ifMatch });
const check = z.strictObject({ op: z.literal('check'), model, id, ifMatch });

/** One write among several. Create takes a chosen id in its body, as the route for one record does. */
const write = z.discriminatedUnion('op', [create, update, replace, remove]);
/** A write, or the demand that a record is there and has this version. */
const step = z.discriminatedUnion('op', [create, update, replace, remove, check]);

const listOf = <T extends z.ZodType>(type: T) => z.array(type).min(1).max(dataLimits.maxOperations);

/** The bodies of requests by route; those of single writes come from the models. */
export const dataRequests = {
  runTransaction: z.strictObject({ operations: listOf(step), returnRecords: z.boolean().optional() }),
  readBatch: z.strictObject({ items: listOf(z.strictObject({ model, id })), consistent: z.boolean().optional() }),
  writeBatch: z.strictObject({ operations: listOf(write) }),
} as const satisfies Partial<Record<DataRoute, z.ZodType>>;

/** One operation of a batch. */
export type BatchOperation = z.infer<typeof write>;
/** One operation of a transaction. */
export type TransactionOperation = z.infer<typeof step>;

const record = z.looseObject({ id: z.string() });
const problem = z.looseObject({ status: z.int(), code: z.string(), detail: z.string() });
const results = <T extends z.ZodType>(type: T) => z.object({ results: z.array(type) });

/** The bodies of answers by route. */
export const dataReplies = {
  runTransaction: results(z.object({ status: z.int(), id: z.string(), record: record.optional() })),
  readBatch: results(z.object({ status: z.int(), record: record.optional(), problem: problem.optional() })),
  writeBatch: results(z.object({ status: z.int(), record: record.optional(), problem: problem.optional() })),
} as const;
