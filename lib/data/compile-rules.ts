import { allowField, allowRecord, type FieldAccessRule, type FieldRule, type Rule, type Who } from '../../contracts/access.ts';
import type { AnyModel } from '../../contracts/model.ts';
import { checkCondition } from './check-condition.ts';
import type { FieldFacts } from './compile-fields.ts';
import { withSystemFields } from './compile-indexes.ts';

/** The rules of one model. */
export interface CompiledRules {
  readonly rules: readonly Rule[];
  readonly fieldRules: Readonly<Record<string, readonly FieldRule[]>>;
  readonly warnings: readonly string[];
}

const checkWho = (who: Who, groups: readonly string[], at: string): void => {
  if (who.kind === 'group' && !groups.includes(who.group)) {
    throw new Error(
      `${at} names the group ${JSON.stringify(who.group)}, which is not declared: add it to auth.groups, or use one of ${groups.join(', ')}`,
    );
  }
};

const checkOperations = (operations: readonly string[], at: string): void => {
  if (operations.length === 0) throw new Error(`${at} allows no operation: name some in .to(), or leave .to() out to allow all`);
};

const compileRecordRules = (
  model: AnyModel,
  fields: Readonly<Record<string, FieldFacts>>,
  groups: readonly string[],
  at: string,
): readonly Rule[] =>
  model.definition.access(allowRecord()).map(({ rule }, index) => {
    const line = `${at}.access[${index}]`;
    checkWho(rule.who, groups, line);
    checkOperations(rule.operations, line);
    if (rule.when !== undefined) checkCondition(rule.when, withSystemFields(fields), `${line}.when`);
    return rule;
  });

type FieldAccess = (allow: typeof allowField) => readonly FieldAccessRule[];

const compileFieldRules = (access: FieldAccess, groups: readonly string[], at: string): readonly FieldRule[] =>
  access(allowField).map(({ rule }, index) => {
    checkWho(rule.who, groups, `${at}[${index}]`);
    checkOperations(rule.operations, `${at}[${index}]`);
    return rule;
  });

/** Whether everybody whom the first names is among those whom the second names. A creator is the owner of the new record. */
const isWithin = (inner: Who, outer: Who): boolean => {
  if (outer.kind === 'anyone') return true;
  if (inner.kind === 'anyone') return false;
  return outer.kind !== 'group' || (inner.kind === 'group' && inner.group === outer.group);
};

const mayWrite = (who: Who, rules: readonly FieldRule[]): boolean =>
  rules.some((rule) => rule.operations.includes('write') && isWithin(who, rule.who));

const warningsOf = (
  rules: readonly Rule[],
  fieldRules: CompiledRules['fieldRules'],
  fields: Readonly<Record<string, FieldFacts>>,
  at: string,
): readonly string[] => {
  const creators = rules.filter((rule) => rule.operations.includes('create')).map((rule) => rule.who);
  const unwritable = Object.entries(fieldRules)
    .filter(([name, rules]) => fields[name]?.required && creators.length > 0 && !creators.some((who) => mayWrite(who, rules)))
    .map(
      ([name]) =>
        `${at}.fieldAccess.${name} lets nobody write ${name} who may create a record, but the field is required: make it optional or give it a default`,
    );
  return rules.length === 0 ? [`${at}.access has no rules, so nobody can reach its records: add rules such as allow.owner()`] : unwritable;
};

/**
 * The rule tables of a model.
 *
 * @param groups the declared groups, with the admin group
 * @throws Error for undeclared groups, rules that allow nothing, unknown fields and conditions that cannot be evaluated
 */
export const compileRules = (
  model: AnyModel,
  fields: Readonly<Record<string, FieldFacts>>,
  groups: readonly string[],
  at: string,
): CompiledRules => {
  const rules = compileRecordRules(model, fields, groups, at);
  const access: Readonly<Record<string, FieldAccess | undefined>> = model.definition.fieldAccess ?? {};
  const fieldRules: Record<string, readonly FieldRule[]> = {};
  for (const [name, declare] of Object.entries(access)) {
    if (!Object.hasOwn(fields, name)) {
      throw new Error(
        `${at}.fieldAccess names the field ${JSON.stringify(name)}, which the model does not have: use one of ${Object.keys(fields).join(', ')}`,
      );
    }
    if (declare !== undefined) fieldRules[name] = compileFieldRules(declare, groups, `${at}.fieldAccess.${name}`);
  }
  return { rules, fieldRules, warnings: warningsOf(rules, fieldRules, fields, at) };
};
