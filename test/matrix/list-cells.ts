import { type Caller, callerNames, traitsOf } from './callers.ts';
import { type Cell, differing, wrongIds } from './cell.ts';
import { judgeList, may, mayAtAll, unauthenticated } from './oracle.ts';
import { hubId, idOf, pointerId, recordKeys, type Standing, standingOf } from './records.ts';
import { namesOf, type RuleModel, ruleModels, type State } from './rules.ts';

/** The ids of the standing records that a list holds for the caller. */
const listedIds = (model: RuleModel, caller: Caller, holds: (record: Standing) => boolean = () => true): readonly string[] =>
  standingOf(model)
    .filter((record) => may(model, 'list', caller, record) && holds(record))
    .map(({ id }) => id);

const query = (parameters: Readonly<Record<string, string>>): string => `?${new URLSearchParams(parameters)}`;

const listCellsOf = (model: RuleModel, caller: Caller): readonly Cell[] => {
  const refusal = judgeList(model, caller);
  const wrongCount = (body: unknown, wanted: number): string | undefined =>
    (body as { count?: number }).count === wanted ? undefined : `counts ${JSON.stringify(body)} instead of ${wanted}`;
  const filtered = (state: State): Cell => ({
    caller,
    model,
    title: `list state ${state}`,
    call: { path: `/data/${model}${query({ filter: JSON.stringify({ state }) })}` },
    expected: refusal ?? {
      status: 200,
      fault: (body) =>
        wrongIds(
          body,
          listedIds(model, caller, ({ content }) => content.state === state),
        ),
    },
  });
  return [
    {
      caller,
      model,
      title: 'list',
      call: { path: `/data/${model}?limit=100` },
      expected: refusal ?? { status: 200, fault: (body) => wrongIds(body, listedIds(model, caller)) },
    },
    {
      caller,
      model,
      title: 'count',
      call: { path: `/data/${model}/count` },
      expected: refusal ?? { status: 200, fault: (body) => wrongCount(body, listedIds(model, caller).length) },
    },
    ...(['draft', 'submitted', 'published'] as const).map(filtered),
  ];
};

const expandedOf = (body: unknown, relation: string): unknown => (body as { expanded?: Record<string, unknown> }).expanded?.[relation];

/** A record that everybody may read leads to one that not everybody may read. */
const pointingCell = (model: RuleModel, caller: Caller, key: (typeof recordKeys)[number]): Cell => {
  const target = standingOf(model).find(({ id }) => id === idOf(model, key)) as Standing;
  return {
    caller,
    model,
    title: `expand a pointer to ${target.id}`,
    call: { path: `/data/Pointer/${pointerId(key)}${query({ expand: model, fields: 'id' })}` },
    expected: traitsOf(caller).foreign
      ? unauthenticated
      : {
          status: 200,
          fault: async (body, seen) => {
            const got = expandedOf(body, model);
            if (!may(model, 'get', caller, target)) return got === null ? undefined : `shows ${JSON.stringify(got)}`;
            return differing(got, (await seen.stored(model, target.id)) ?? {});
          },
        },
  };
};

/** A record that everybody may read leads to all records that point at it. */
const pointedAtCell = (model: RuleModel, caller: Caller): Cell => ({
  caller,
  model,
  title: 'expand what points at the hub',
  call: { path: `/data/Hub/${hubId}${query({ expand: model })}` },
  expected: traitsOf(caller).foreign
    ? unauthenticated
    : {
        status: 200,
        fault: (body) => {
          const page = expandedOf(body, model);
          if (!mayAtAll(model, 'list', caller)) return page === null ? undefined : `shows ${JSON.stringify(page)}`;
          return wrongIds(page, listedIds(model, caller));
        },
      },
});

const eachCaller = (make: (model: RuleModel, caller: Caller) => readonly Cell[]): readonly Cell[] =>
  namesOf(ruleModels).flatMap((model) => callerNames.flatMap((caller) => make(model, caller)));

/** Lists and counts. */
export const listCells = (): readonly Cell[] => eachCaller(listCellsOf);
/** Relations of both kinds. */
export const relationCells = (): readonly Cell[] =>
  eachCaller((model, caller) => [pointedAtCell(model, caller), ...recordKeys.map((key) => pointingCell(model, caller, key))]);
