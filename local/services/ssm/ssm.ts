import { generatedName } from '../../template/stable-id.ts';
import { callJson, type JsonOperation } from '../json-call.ts';
import { AwsError, type LocalAccount, type LocalServiceType, type ResolvedResource } from '../service.ts';

interface Parameter {
  readonly Name: string;
  readonly Type: string;
  readonly Value: string;
  readonly Version: number;
  readonly ARN: string;
  readonly DataType: string;
}

const MAX_NAME_LENGTH = 128;
const MAX_PAGE_SIZE = 10;

/** A name with slashes has one of them between `parameter` and itself already. */
const parameterArn = ({ partition, region, accountId }: LocalAccount, name: string): string =>
  `arn:${partition}:ssm:${region}:${accountId}:parameter${name.startsWith('/') ? '' : '/'}${name}`;

function readParameter({ ref, properties }: ResolvedResource, account: LocalAccount): Parameter {
  const { Type = 'String', Value = '', DataType = 'text' } = properties;
  return { Name: ref, Type: String(Type), Value: String(Value), Version: 1, ARN: parameterArn(account, ref), DataType: String(DataType) };
}

function makeOperations(parameters: ReadonlyMap<string, Parameter>, account: LocalAccount): Record<string, JsonOperation> {
  /** Names come plain, as ARNs, and with a version or label after a colon. */
  const nameOf = (given: unknown): string => {
    const text = String(given);
    const [, fromArn] = /^arn:[^:]+:ssm:[^:]*:[^:]*:parameter(\/.+)$/.exec(text) ?? [];
    const name = (fromArn ?? text).split(':')[0] ?? '';
    // The ARN of `plain` is `…:parameter/plain`, as is that of `/plain`.
    const plain = name.replace(/^\//, '');
    return !parameters.has(name) && parameters.has(plain) ? plain : name;
  };
  return {
    GetParameter: ({ Name }, request) => {
      const name = nameOf(Name);
      request.authorize('ssm:GetParameter', parameterArn(account, name));
      const parameter = parameters.get(name);
      if (parameter === undefined) throw new AwsError('ParameterNotFound', '');
      return { Parameter: parameter };
    },
    GetParameters: ({ Names }, request) => {
      const names = [Names].flat().map(nameOf);
      for (const name of names) request.authorize('ssm:GetParameters', parameterArn(account, name));
      const found = names.flatMap((name) => parameters.get(name) ?? []);
      return { Parameters: found, InvalidParameters: names.filter((name) => !parameters.has(name)) };
    },
    GetParametersByPath: ({ Path, Recursive, MaxResults, NextToken }, request) => {
      const path = String(Path).replace(/\/*$/, '/');
      request.authorize('ssm:GetParametersByPath', parameterArn(account, path.slice(0, -1)));
      const isBelow = ({ Name }: Parameter): boolean =>
        Name.startsWith(path) && (Recursive === true || !Name.slice(path.length).includes('/'));
      const found = [...parameters.values()].filter(isBelow);
      const from = Number(NextToken ?? 0);
      const to = from + Math.min(Number(MaxResults ?? MAX_PAGE_SIZE), MAX_PAGE_SIZE);
      return { Parameters: found.slice(from, to), ...(to < found.length && { NextToken: String(to) }) };
    },
  };
}

/** Systems Manager parameters, as the template declares them. */
export const ssm: LocalServiceType = {
  signingName: 'ssm',
  resourceTypes: ['AWS::SSM::Parameter'],
  identify: (resource) => {
    const { Name, Type, Value } = resource.properties;
    const ref = typeof Name === 'string' ? Name : generatedName(resource, MAX_NAME_LENGTH);
    return { ref, attributes: { Type: String(Type), Value: String(Value) } };
  },
  start: async (resources, { account }) => {
    const parameters = new Map(resources.map((resource) => [resource.ref, readParameter(resource, account)]));
    const operations = makeOperations(parameters, account);
    return {
      handle: (request) => callJson(operations, request),
      dump: async () => Object.fromEntries([...parameters].map(([name, { Value }]) => [name, Value])),
      dispose: async () => {},
    };
  },
};
