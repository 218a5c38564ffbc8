import { type Caller, callerNames, traitsOf } from './callers.ts';
import { type Cell, differing, pick, type Seen, type Success, wrongIds, wrongNames } from './cell.ts';
import { judgeCreate, judgeFieldOfList, judgeGet, judgeList, judgeLookUp, judgeWrite, may, visibleFields } from './oracle.ts';
import { fieldRecordsOf, fieldsBody, fieldValue, idOf, type Standing, standingOf } from './records.ts';
import { type FieldModel, fieldModels, fieldRules, namesOf, type RuledField, relationOf, uniqueFields } from './rules.ts';

const fields = namesOf(fieldRules);
const open = ['id', 'owner', 'version', 'createdAt', 'updatedAt', 'name'];
const query = (parameters: Readonly<Record<string, string>>): string => `?${new URLSearchParams(parameters)}`;

const shown = (model: FieldModel, record: Standing, names: readonly string[]): Success => ({
  status: 200,
  fault: async (body, seen) => differing(body, pick((await seen.stored(model, record.id)) ?? {}, names)),
});

const readingCells = (model: FieldModel, caller: Caller, record: Standing): readonly Cell[] => {
  const refusal = judgeGet(model, caller, record);
  const visible = visibleFields(caller, record);
  const path = `/data/${model}/${record.id}`;
  const one = (field: RuledField): Cell => ({
    caller,
    model,
    title: `get ${field} of ${record.id}`,
    call: { path: `${path}${query({ fields: field })}` },
    expected: refusal ?? shown(model, record, ['id', ...visible.filter((name) => name === field)]),
  });
  const lookUp = (field: RuledField): Cell => ({
    caller,
    model,
    title: `look up ${record.id} by ${field}`,
    call: { path: `/data/${model}/by/${field}/${fieldValue(record.id, field)}` },
    expected: judgeLookUp(model, caller, field, record) ?? shown(model, record, [...open, ...visible]),
  });
  const expand = (field: RuledField): Cell => ({
    caller,
    model,
    title: `expand ${field} of ${record.id}`,
    call: { path: `${path}${query({ expand: relationOf(field), fields: 'id' })}` },
    expected: refusal ?? {
      status: 200,
      fault: async (body, seen) => {
        const got = (body as { expanded?: Record<string, unknown> }).expanded?.[relationOf(field)];
        if (!visible.includes(field)) return got === null ? undefined : `shows ${JSON.stringify(got)}`;
        return differing(got, (await seen.stored('Hub', fieldValue(record.id, field))) ?? {});
      },
    },
  });
  return [
    { caller, model, title: `get ${record.id}`, call: { path }, expected: refusal ?? shown(model, record, [...open, ...visible]) },
    ...fields.map(one),
    ...uniqueFields.map(lookUp),
    ...fields.map(expand),
  ];
};

/** What a write shows of fields is what a read would. */
const written = (model: FieldModel, caller: Caller, record: { owner: Caller; id: string }, status: number): Success => ({
  status,
  fault: (body) => {
    if (!may(model, 'get', caller, record)) return wrongNames(body, ['id', 'version', 'createdAt', 'updatedAt']);
    const wanted = [...open.filter((name) => name !== 'owner' || status !== 201 || caller !== 'guest')];
    return wrongNames(body, wanted, ['owner', ...visibleFields(caller, record)]);
  },
});

const writingCells = (model: FieldModel, caller: Caller, record: Standing): readonly Cell[] =>
  fields.flatMap((field): readonly Cell[] => {
    const path = `/data/${model}/${record.id}`;
    const expected = judgeWrite(model, 'update', caller, record, [field]) ?? written(model, caller, record, 200);
    const body = { [field]: fieldValue(record.id, field) };
    const whole = { name: record.id, ...body };
    return [
      { caller, model, title: `update ${field} of ${record.id}`, call: { method: 'PATCH', path, body }, expected },
      // What a replacement leaves out goes; so only replacements that are refused are tried on standing records.
      ...('code' in expected
        ? [{ caller, model, title: `replace ${field} of ${record.id}`, call: { method: 'PUT', path, body: whole }, expected }]
        : [replacingCell(model, caller, { field, record })]),
    ].map((cell): Cell => ({ ...cell, ...(!('given' in cell) && { raises: record.id }) }));
  });

/** A replacement keeps the fields that the caller may not write, and drops the others that it does not name. */
const replacingCell = (model: FieldModel, caller: Caller, { field, record }: { field: RuledField; record: Standing }): Cell => {
  const id = `${record.id}-${caller}-${field}`;
  const like = { ...record, id };
  const kept = fields.filter((name) => name === field || judgeWrite(model, 'update', caller, like, [name]) !== undefined);
  const fault: Success['fault'] = async (_body, seen) => {
    const stored = (await seen.stored(model, id)) ?? {};
    return differing(pick(stored, fields), pick(fieldsBody(id), kept));
  };
  return {
    caller,
    model,
    title: `replace ${field} of ${id}`,
    call: { method: 'PUT', path: `/data/${model}/${id}`, body: { name: id, [field]: fieldValue(id, field) } },
    expected: { status: 200, fault },
    given: { owner: record.owner, body: { ...fieldsBody(id), id } },
    makes: id,
  };
};

const creatingCell = (model: FieldModel, caller: Caller, field: RuledField): Cell => {
  const id = `${idOf(model, 'new')}-${caller}-${field}`;
  return {
    caller,
    model,
    title: `create with ${field}`,
    call: { method: 'POST', path: `/data/${model}`, body: { ...fieldsBody(id, [field]), id } },
    expected: judgeCreate(model, caller, { fields: [field] }) ?? written(model, caller, { owner: caller, id }, 201),
    makes: id,
  };
};

/** The standing records that a list holds for the caller. */
const listed = (model: FieldModel, caller: Caller): readonly Standing[] =>
  standingOf(model).filter((record) => may(model, 'list', caller, record));

const listingCells = (model: FieldModel, caller: Caller): readonly Cell[] => {
  const all = listed(model, caller);
  const target = idOf(model, 'a');
  const fitting = all.filter(({ id }) => id === target);
  const cellsOf = (field: RuledField): readonly Cell[] => {
    const filter = { [field]: fieldValue(target, field) };
    const filtered = (parameters: object): string => query({ filter: JSON.stringify(parameters) });
    const refusal = judgeFieldOfList(model, caller, field, { ofOwn: false });
    const ids = (records: readonly Standing[]): Success => ({
      status: 200,
      fault: (body) =>
        wrongIds(
          body,
          records.map(({ id }) => id),
        ),
    });
    const counted: Success = {
      status: 200,
      fault: (body) => ((body as { count?: number }).count === fitting.length ? undefined : `counts ${JSON.stringify(body)}`),
    };
    const ofOwn = (seen: Seen) => ({ path: `/data/${model}${filtered({ ...filter, owner: seen.idOf(caller) })}` });
    return [
      {
        caller,
        model,
        title: `filter by ${field}`,
        call: { path: `/data/${model}${filtered(filter)}` },
        expected: refusal ?? ids(fitting),
      },
      {
        caller,
        model,
        title: `filter by not ${field} in or`,
        call: { path: `/data/${model}${filtered({ or: [{ not: filter }, { name: 'x' }] })}` },
        expected: refusal ?? ids(all.filter(({ id }) => id !== target)),
      },
      {
        caller,
        model,
        title: `count by ${field}`,
        call: { path: `/data/${model}/count${filtered(filter)}` },
        expected: refusal ?? counted,
      },
      {
        caller,
        model,
        title: `sort by ${field}`,
        call: { path: `/data/${model}${query({ sort: field })}` },
        expected: refusal ?? ids(all),
      },
      ...(traitsOf(caller).signedIn
        ? [
            {
              caller,
              model,
              title: `filter the own by ${field}`,
              call: ofOwn,
              expected: judgeFieldOfList(model, caller, field, { ofOwn: true }) ?? ids(fitting.filter(({ owner }) => owner === caller)),
            },
          ]
        : []),
    ];
  };
  const shownInList: Success = {
    status: 200,
    fault: (body) => {
      const items = (body as { items: readonly { id: string }[] }).items;
      const faults = all.map((record) => {
        const item = items.find(({ id }) => id === record.id);
        return item === undefined ? `misses ${record.id}` : wrongNames(item, [...open, ...visibleFields(caller, record)]);
      });
      return faults.find((fault) => fault !== undefined);
    },
  };
  return [
    { caller, model, title: 'list', call: { path: `/data/${model}` }, expected: judgeList(model, caller) ?? shownInList },
    ...fields.flatMap(cellsOf),
  ];
};

const eachCaller = (make: (model: FieldModel, caller: Caller) => readonly Cell[]): readonly Cell[] =>
  namesOf(fieldModels).flatMap((model) => callerNames.flatMap((caller) => make(model, caller)));

/** Reading fields: shown, looked up by, followed, filtered by, sorted by. */
export const fieldReadCells = (): readonly Cell[] =>
  eachCaller((model, caller) => [
    ...fieldRecordsOf(model).flatMap((record) => readingCells(model, caller, record)),
    ...listingCells(model, caller),
  ]);
/** Writing fields. */
export const fieldWriteCells = (): readonly Cell[] =>
  eachCaller((model, caller) => [
    ...fieldRecordsOf(model).flatMap((record) => writingCells(model, caller, record)),
    ...fields.map((field) => creatingCell(model, caller, field)),
  ]);
