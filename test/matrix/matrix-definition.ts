import { z } from 'zod';
import type { AccessRule, Allow, FieldAccessRule } from '../../contracts/access.ts';
import { defineBackend } from '../../contracts/backend.ts';
import type { Filter } from '../../contracts/filter.ts';
import { type AnyModel, belongsTo, hasMany, model } from '../../contracts/model.ts';
import {
  conditions,
  type FieldLine,
  fieldLinesOf,
  fieldModels,
  fieldRules,
  type Line,
  linesOf,
  namesOf,
  relationOf,
  ruleModels,
  seeders,
  uniqueFields,
  type Who,
} from './rules.ts';

const speakOf = <A>(allow: Allow<A>, who: Who): A =>
  who === 'owner' || who === 'signedIn' || who === 'anyone' ? allow[who]() : allow.group(who);

const ruleOf = (allow: Allow<AccessRule>, { who, may, when }: Line): AccessRule => {
  const rule = speakOf(allow, who);
  const narrowed = may === undefined ? rule : rule.to(...may);
  return when === undefined ? narrowed : narrowed.when(conditions[when].when as Filter);
};

const fieldRuleOf = (allow: Allow<FieldAccessRule>, { who, may }: FieldLine): FieldAccessRule => {
  const rule = speakOf(allow, who);
  return may === undefined ? rule : rule.to(...may);
};

const access = (lines: readonly Line[]) => (allow: Allow<AccessRule>) => [
  allow.group(seeders),
  ...lines.map((line) => ruleOf(allow, line)),
];

const content = {
  title: z.string().min(1).max(100),
  state: z.enum(['draft', 'submitted', 'published']),
  size: z.int(),
  tags: z.array(z.string()).default([]),
  note: z.string().optional(),
  slug: z.string().min(1),
  hubId: z.string(),
  touched: z.string().optional(),
};
const listable = { all: ['*', 'createdAt'], byHub: ['hubId', 'createdAt'] } as const;

const ruleModel = (lines: readonly Line[]): AnyModel =>
  model({ fields: content, unique: ['slug'], indexes: listable, access: access(lines) }) as AnyModel;

const ruled = namesOf(fieldRules);
const each = <V>(make: (name: (typeof ruled)[number]) => V): Record<string, V> =>
  Object.fromEntries(ruled.map((name) => [name, make(name)]));

const fieldModel = (lines: readonly Line[]): AnyModel =>
  model({
    fields: { name: z.string(), ...each(() => z.string().optional()) },
    unique: [...uniqueFields],
    indexes: { all: ['*', 'createdAt'], ...each((name) => ['*', name] as const) },
    relations: Object.fromEntries(ruled.map((name) => [relationOf(name), belongsTo('Hub', name)])),
    access: access(lines),
    fieldAccess: Object.fromEntries(
      ruled
        .filter((name) => fieldLinesOf(name).length > 0)
        .map((name) => [
          name,
          (allow: Allow<FieldAccessRule>) => [allow.group(seeders), ...fieldLinesOf(name).map((line) => fieldRuleOf(allow, line))],
        ]),
    ),
  } as Parameters<typeof model>[0]) as AnyModel;

const targets = namesOf(ruleModels);
const readByAll = access([{ who: 'anyone', may: ['get', 'list'] }]);

/** Everybody reads it; its relations lead to the records of all models that point at it. */
const Hub = model({
  fields: { name: z.string() },
  relations: Object.fromEntries(targets.map((name) => [name, hasMany(name, 'hubId')])),
  access: readByAll,
});

/** Everybody reads it; its relations lead to one record of each model. */
const Pointer = model({
  fields: Object.fromEntries(targets.map((name) => [`to${name}`, z.string()])),
  relations: Object.fromEntries(targets.map((name) => [name, belongsTo(name, `to${name}`)])),
  access: readByAll,
}) as AnyModel;

/** The backend of the matrix. */
export const matrixDefinition = defineBackend({
  auth: { groups: ['editors', seeders] },
  data: {
    models: {
      Hub,
      Pointer,
      ...Object.fromEntries(targets.map((name) => [name, ruleModel(linesOf(name))])),
      ...Object.fromEntries(namesOf(fieldModels).map((name) => [name, fieldModel(linesOf(name))])),
    },
  },
});
