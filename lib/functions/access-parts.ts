import { ArnFormat, Stack, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { variables } from '../../contracts/variables.ts';
import type { Grant } from '../api/create-role.ts';
import type { FunctionParts } from '../api/function-parts.ts';
import type { WorkQueue } from '../api/work-queue.ts';
import type { FunctionPlan } from './compile-function.ts';
import type { FoldersSource, FunctionEvents, InboundSource, RecordsSource, SenderSource } from './function-sources.ts';

/** What functions can be given. */
export interface AccessSources {
  readonly events?: FunctionEvents;
  readonly records?: RecordsSource;
  readonly files?: FoldersSource;
  readonly push?: SenderSource;
  readonly email?: SenderSource;
  readonly analytics?: SenderSource;
  readonly inbound?: InboundSource;
  /** The queues of functions, by name. */
  readonly queues: Readonly<Record<string, WorkQueue>>;
}

type SomeParts = Partial<FunctionParts>;

/** The ARN of a secret ends with six characters by chance. */
const secretArn = (scope: Construct, id: string): string =>
  id.startsWith('arn:') || Token.isUnresolved(id)
    ? id
    : Stack.of(scope).formatArn({
        service: 'secretsmanager',
        resource: 'secret',
        resourceName: `${id}-??????`,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      });

const secretsParts = (scope: Construct, { secrets }: FunctionPlan): SomeParts => {
  const ids = Object.values(secrets);
  if (ids.length === 0) return {};
  const resources = [...new Set(ids.map((id) => secretArn(scope, id)))];
  return {
    environment: { [variables.functionSecrets]: Stack.of(scope).toJsonString(secrets) },
    grants: [{ actions: ['secretsmanager:GetSecretValue'], resources }],
  };
};

const queuesParts = (scope: Construct, { access }: FunctionPlan, queues: AccessSources['queues']): SomeParts => {
  const named = access.queues.flatMap((name) => (queues[name] === undefined ? [] : [[name, queues[name].queue] as const]));
  if (named.length === 0) return {};
  const grant: Grant = { actions: ['sqs:SendMessage'], resources: named.map(([, queue]) => queue.queueArn) };
  const urls = Object.fromEntries(named.map(([name, queue]) => [name, queue.queueUrl]));
  return { environment: { [variables.functionQueues]: Stack.of(scope).toJsonString(urls) }, grants: [grant] };
};

const foldersTo = (operation: string, files: FunctionPlan['access']['files']): readonly string[] =>
  Object.keys(files).filter((folder) => files[folder]?.some((allowed) => allowed === operation));

/** What a function needs for what its `access` and `secrets` name: exactly that. */
export const accessParts = (scope: Construct, plan: FunctionPlan, sources: AccessSources): FunctionParts => {
  const { data, files, push, email, analytics, inbound, tells } = plan.access;
  const as = { asCaller: plan.requests.length > 0, direct: plan.runtime !== 'node' };
  const parts: readonly SomeParts[] = [
    Object.keys(data).length > 0 ? (sources.records?.functionParts(data, as) ?? {}) : {},
    Object.keys(files).length > 0 ? (sources.files?.functionParts(files, as) ?? {}) : {},
    push ? (sources.push?.functionParts() ?? {}) : {},
    email ? (sources.email?.functionParts({ readable: foldersTo('read', files) }) ?? {}) : {},
    analytics ? (sources.analytics?.functionParts() ?? {}) : {},
    inbound.length > 0 ? (sources.inbound?.functionParts(inbound) ?? {}) : {},
    tells.length > 0 ? (sources.events?.grantsToSend(tells) ?? {}) : {},
    queuesParts(scope, plan, sources.queues),
    secretsParts(scope, plan),
  ];
  return {
    environment: Object.assign({}, ...parts.map(({ environment }) => environment)) as Record<string, string>,
    grants: parts.flatMap(({ grants = [] }) => grants),
    modules: plan.runtime === 'node' ? (Object.assign({}, ...parts.map(({ modules }) => modules)) as Record<string, string>) : {},
  };
};
