import type { Operation, Rule } from '../../contracts/access.ts';
import type { CompiledFolder } from '../../contracts/compiled.ts';
import { ApiError } from '../../contracts/errors.ts';
import type { FolderRule } from '../../contracts/folder.ts';
import { answerDecision } from '../runtime/answer-decision.ts';
import { authorize, type Decision } from '../runtime/authorize.ts';
import type { Caller } from '../runtime/request.ts';
import { modelOf } from './folders.ts';
import { decideOnRecord, decisionsUnseen, type RecordDecisions } from './record-decisions.ts';

/** A file as rules see it. */
export interface RuledFile {
  readonly id: string;
  readonly owner: string;
  readonly record?: string | undefined;
}

const reading: readonly Operation[] = ['get', 'list'];

const isPlain = (rule: FolderRule): rule is Rule => rule.who.kind !== 'record';

/** The lines of a folder that need no record. */
export const plainRules = ({ rules }: CompiledFolder): readonly Rule[] => rules.filter(isPlain);

/** Holds for no file: the line says that the caller may do this, but with another record. */
const nowhere = { id: { exists: false } } as const;

const lineAs = (operations: readonly Operation[], decision: Decision): readonly Rule[] => {
  if (operations.length === 0 || decision === 'unauthenticated') return [];
  return [{ who: { kind: 'anyone' }, operations, ...(decision !== 'allowed' && { when: nowhere }) }];
};

/** The lines of a folder, once it is known what the caller may do with the record: `record` is then whoever asks, or nobody. */
export const rulesWith = ({ rules }: CompiledFolder, decisions: RecordDecisions): readonly Rule[] =>
  rules.flatMap((rule) => {
    if (isPlain(rule)) return [rule];
    const read = rule.operations.filter((operation) => reading.includes(operation));
    const write = rule.operations.filter((operation) => !reading.includes(operation));
    return [...lineAs(read, decisions.read), ...lineAs(write, decisions.write)];
  });

/** Whether a decision on this operation depends on the record. A refusal does so, too, where the record tells who may know of the file. */
export const followsRecord = ({ rules }: CompiledFolder, operation: Operation): boolean =>
  rules.some((rule) => !isPlain(rule) && (rule.operations.includes(operation) || rule.operations.includes('get')));

/** A question to the rules of a folder. */
export interface AccessQuestion {
  readonly folder: CompiledFolder;
  readonly caller: Caller;
  readonly operation: Operation;
  /** Sees every write to the record that was answered before. */
  readonly consistent: boolean;
}

/** The one decision on files: may the caller do this to the file, or make it? Reads the record only where it counts. */
export const decideOnFile = async ({ folder, caller, operation, consistent }: AccessQuestion, file: RuledFile): Promise<Decision> => {
  const record = { ...file };
  const plain = authorize(plainRules(folder), operation, caller, record);
  const model = modelOf(folder);
  if (plain === 'allowed' || model === undefined || !followsRecord(folder, operation)) return plain;
  const decisions = await decideOnRecord({ model, id: file.record ?? '' }, caller, consistent);
  const decision = authorize(rulesWith(folder, decisions), operation, caller, record);
  return decision === 'forbidden' && operation === 'create' && decisions.read === 'hidden' ? 'hidden' : decision;
};

/** Turns guests away whom no line of the folder lets do this, before anything is read. */
export const assertMayEver = (folder: CompiledFolder, operation: Operation, caller: Caller): void => {
  const model = modelOf(folder);
  const rules = model === undefined ? plainRules(folder) : rulesWith(folder, decisionsUnseen(model, caller));
  if (authorize(rules, operation, caller) === 'unauthenticated') assertAllowed('unauthenticated');
};

/** The same answer for files that never were, that are gone and that the caller may not know of. */
export const notFound = (): ApiError => new ApiError('not_found', 'There is no such file or record, or you may not read it.');

/** Turns a refusal of the rules into an answer. */
export const assertAllowed = answerDecision({
  forbidden: 'The access rules of this folder do not let you do this.',
  notFound,
});
