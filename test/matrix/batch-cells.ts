import { type Caller, callerNames, traitsOf } from './callers.ts';
import { type Cell, differing, type Seen, type Success } from './cell.ts';
import { judgeCreate, judgeGet, judgeWrite, type Refusal, unauthenticated } from './oracle.ts';
import { contentBody, idOf, type Standing, standingOf } from './records.ts';
import { namesOf, type RuleModel, ruleModels } from './rules.ts';

// Transactions and batches ask the same rules as the single routes do, so that the same verdicts are due.

type Result = { readonly status?: number; readonly problem?: { readonly code?: string }; readonly record?: unknown };

const resultsOf = (body: unknown): readonly Result[] => (body as { results?: Result[] }).results ?? [];
/** A batch is answered with 200 to whoever may ask at all; what became of each item stands inside. */
const answered = (caller: Caller, fault: Success['fault']): Refusal | Success =>
  traitsOf(caller).foreign ? unauthenticated : { status: 200, fault };
const wrongResult = (result: Result | undefined, wanted: Refusal | number): string | undefined => {
  const [status, code] = typeof wanted === 'number' ? [wanted] : [wanted.status, wanted.code];
  if (result?.status === status && result.problem?.code === code) return undefined;
  return `has ${JSON.stringify(result)?.slice(0, 200)} where ${status} ${code ?? ''} was due`;
};

/** All standing records of a model by one request. */
const readingCell = (model: RuleModel, caller: Caller): Cell => {
  const records = standingOf(model);
  const fault = async (body: unknown, seen: Seen): Promise<string | undefined> => {
    for (const [index, record] of records.entries()) {
      const result = resultsOf(body)[index];
      const refusal = judgeGet(model, caller, record);
      const wrong = wrongResult(result, refusal ?? 200);
      if (wrong !== undefined) return `${record.id} ${wrong}`;
      const other = refusal === undefined ? differing(result?.record, (await seen.stored(model, record.id)) ?? {}) : undefined;
      if (other !== undefined) return other;
    }
    return undefined;
  };
  const items = records.map(({ id }) => ({ model, id }));
  return {
    caller,
    model,
    title: 'read a batch',
    call: { method: 'POST', path: '/data/batch/read', body: { items } },
    expected: answered(caller, fault),
  };
};

const writeOf = (model: RuleModel, caller: Caller, record: Standing) => {
  const operation = { op: 'update', model, id: record.id, body: { touched: caller } };
  return { operation, refusal: judgeWrite(model, 'update', caller, record) };
};

/** One write alone in a batch, and alone in a transaction. */
const writingCells = (model: RuleModel, caller: Caller, record: Standing): readonly Cell[] => {
  const { operation, refusal } = writeOf(model, caller, record);
  const raises = refusal === undefined ? { raises: record.id } : {};
  const body = { operations: [operation] };
  const fault = (answer: unknown) => wrongResult(resultsOf(answer)[0], refusal ?? 200);
  return [
    {
      caller,
      model,
      title: `update ${record.id} in a batch`,
      call: { method: 'POST', path: '/data/batch/write', body },
      expected: answered(caller, fault),
      ...raises,
    },
    {
      caller,
      model,
      title: `update ${record.id} in a transaction`,
      call: { method: 'POST', path: '/data/transaction', body },
      expected: refusal ?? { status: 200 },
      ...raises,
    },
  ];
};

/** All updates of a model at once: the first refusal stands for them all, and then none is done. */
const togetherCell = (model: RuleModel, caller: Caller): Cell => {
  const records = standingOf(model);
  const writes = records.map((record) => writeOf(model, caller, record));
  const refusal = writes.find((write) => write.refusal !== undefined)?.refusal;
  return {
    caller,
    model,
    title: 'update all in a transaction',
    call: { method: 'POST', path: '/data/transaction', body: { operations: writes.map(({ operation }) => operation) } },
    expected: refusal ?? { status: 200 },
    ...(refusal === undefined && { raisesAll: records.map(({ id }) => id) }),
  };
};

/** A new record in a transaction. */
const creatingCell = (model: RuleModel, caller: Caller): Cell => {
  const content = standingOf(model)[0]?.content as Standing['content'];
  const id = `${idOf(model, 'transaction')}-${caller}`;
  const operations = [{ op: 'create', model, body: { ...contentBody(id, content), id } }];
  return {
    caller,
    model,
    title: 'create in a transaction',
    call: { method: 'POST', path: '/data/transaction', body: { operations } },
    expected: judgeCreate(model, caller, { content }) ?? {
      status: 200,
      fault: async (_body, seen) => ((await seen.stored(model, id)) === undefined ? 'made nothing' : undefined),
    },
    makes: id,
  };
};

/** A check asks what a read asks. */
const checkingCell = (model: RuleModel, caller: Caller, record: Standing): Cell => ({
  caller,
  model,
  title: `check ${record.id} in a transaction`,
  call: { method: 'POST', path: '/data/transaction', body: { operations: [{ op: 'check', model, id: record.id }] } },
  expected: judgeGet(model, caller, record) ?? { status: 200 },
});

const eachCaller = (make: (model: RuleModel, caller: Caller) => readonly Cell[]): readonly Cell[] =>
  namesOf(ruleModels).flatMap((model) => callerNames.flatMap((caller) => make(model, caller)));

/** Batches of reads, and checks. */
export const batchReadCells = (): readonly Cell[] =>
  eachCaller((model, caller) => [readingCell(model, caller), ...standingOf(model).map((record) => checkingCell(model, caller, record))]);
/** Batches and transactions of writes. */
export const batchWriteCells = (): readonly Cell[] =>
  eachCaller((model, caller) => [
    ...standingOf(model).flatMap((record) => writingCells(model, caller, record)),
    togetherCell(model, caller),
    creatingCell(model, caller),
  ]);
