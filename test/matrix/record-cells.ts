import { type Caller, callerNames } from './callers.ts';
import { type Cell, differing, type Seen, type Success, wrongNames } from './cell.ts';
import { judgeCreate, judgeGet, judgeWrite, may } from './oracle.ts';
import { contentBody, idOf, type Standing, standingOf } from './records.ts';
import { namesOf, type RuleModel, ruleModels } from './rules.ts';

const contentNames = ['title', 'state', 'size', 'tags', 'note', 'slug', 'hubId', 'touched'];

/** A record as the answer shows it: whole to those who may read it, else what the server set. */
const showsWritten = (
  model: RuleModel,
  caller: Caller,
  record: Pick<Standing, 'content'> & { owner: Caller },
  status: number,
): Success => ({
  status,
  fault: (body) => {
    const owner = caller === 'guest' && status === 201 ? [] : ['owner'];
    const seen = may(model, 'get', caller, record) ? [...contentNames.slice(0, 4), 'slug', 'hubId', ...owner] : [];
    return wrongNames(body, [...seen, 'id', 'version', 'createdAt', 'updatedAt'], ['note', 'touched']);
  },
});

const readingCells = (model: RuleModel, caller: Caller, record: Standing): readonly Cell[] => {
  const expected = judgeGet(model, caller, record) ?? {
    status: 200,
    fault: async (body: unknown, seen: Seen) => differing(body, (await seen.stored(model, record.id)) ?? {}),
  };
  return [
    { caller, model, title: `get ${record.id}`, call: { path: `/data/${model}/${record.id}` }, expected },
    { caller, model, title: `look up ${record.id}`, call: { path: `/data/${model}/by/slug/${record.id}` }, expected },
  ];
};

const writingCells = (model: RuleModel, caller: Caller, record: Standing): readonly Cell[] => {
  const path = `/data/${model}/${record.id}`;
  const expected = judgeWrite(model, 'update', caller, record) ?? showsWritten(model, caller, record, 200);
  const patch = { touched: caller };
  return [
    { caller, model, title: `update ${record.id}`, call: { method: 'PATCH', path, body: patch }, expected, raises: record.id },
    {
      caller,
      model,
      title: `replace ${record.id}`,
      call: { method: 'PUT', path, body: contentBody(record.id, record.content) },
      expected,
      raises: record.id,
    },
  ];
};

/** A record is made to be deleted where that should work; else a standing one has to withstand. */
const deletingCell = (model: RuleModel, caller: Caller, record: Standing): Cell => {
  const refusal = judgeWrite(model, 'delete', caller, record);
  const doomed = `${record.id}-${caller}`;
  const id = refusal === undefined ? doomed : record.id;
  const fault: Success['fault'] = async (_body, seen) => ((await seen.stored(model, id)) === undefined ? undefined : 'left the record');
  return {
    caller,
    model,
    title: `delete ${id}`,
    call: { method: 'DELETE', path: `/data/${model}/${id}` },
    expected: refusal ?? { status: 204, fault },
    ...(refusal === undefined && { given: { owner: record.owner, body: { ...contentBody(id, record.content), id } } }),
  };
};

const creatingCell = (model: RuleModel, caller: Caller, { id: like, content }: Standing): Cell => {
  const id = `${like}-new-${caller}`;
  const shown = showsWritten(model, caller, { owner: caller, content }, 201);
  const fault: Success['fault'] = async (body, seen) => {
    const owner = (await seen.stored(model, id))?.['owner'];
    const wanted = caller === 'guest' ? undefined : seen.idOf(caller);
    return owner === wanted ? shown.fault?.(body, seen) : `gave the record to ${String(owner)}`;
  };
  return {
    caller,
    model,
    title: `create ${id}`,
    call: { method: 'POST', path: `/data/${model}`, body: { ...contentBody(id, content), id } },
    expected: judgeCreate(model, caller, { content }) ?? { status: 201, fault },
    makes: id,
  };
};

const eachRecord = (make: (model: RuleModel, caller: Caller, record: Standing) => readonly Cell[]): readonly Cell[] =>
  namesOf(ruleModels).flatMap((model) =>
    callerNames.flatMap((caller) => standingOf(model).flatMap((record) => make(model, caller, record))),
  );

/** Reading single records. */
export const getCells = (): readonly Cell[] => eachRecord(readingCells);
/** Writing to single records. */
export const writeCells = (): readonly Cell[] => eachRecord(writingCells);
/** Creating and deleting records. */
export const lifeCells = (): readonly Cell[] =>
  eachRecord((model, caller, record) => [creatingCell(model, caller, record), deletingCell(model, caller, record)]);
/** Ids that never were, for those who may read, and for those who may not. */
export const missingCells = (): readonly Cell[] =>
  namesOf(ruleModels).flatMap((model) =>
    callerNames.flatMap((caller) => {
      const never: Standing = { id: idOf(model, 'never'), owner: 'owner', content: { title: '', state: 'draft', size: 0, tags: [] } };
      const path = `/data/${model}/${never.id}`;
      const missing = (operation: 'get' | 'update' | 'delete') => {
        const refusal = operation === 'get' ? judgeGet(model, caller, never) : judgeWrite(model, operation, caller, never);
        return refusal?.status === 401 ? refusal : { status: 404, code: 'not_found' };
      };
      return [
        { caller, model, title: 'get a missing record', call: { path }, expected: missing('get') },
        {
          caller,
          model,
          title: 'update a missing record',
          call: { method: 'PATCH', path, body: { touched: 'x' } },
          expected: missing('update'),
        },
        { caller, model, title: 'delete a missing record', call: { method: 'DELETE', path }, expected: missing('delete') },
      ];
    }),
  );
