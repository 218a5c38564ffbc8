import {
  AwsError,
  type AwsRequest,
  type AwsResponse,
  type LocalContext,
  type LocalService,
  type LocalServiceType,
  type ResolvedResource,
} from '../service.ts';
import { dumpPools } from './dump.ts';
import { identifyCognitoResource } from './identities.ts';
import { Input } from './input.ts';
import { operations } from './operations.ts';
import { createRuntime, type Runtime } from './runtime.ts';
import { wellKnownDocument } from './well-known.ts';

async function handle(runtime: Runtime, request: AwsRequest): Promise<AwsResponse> {
  if (request.operation === '' && request.method === 'GET') {
    return wellKnownDocument(runtime, request.path);
  }
  const operation = Object.hasOwn(operations, request.operation) ? operations[request.operation] : undefined;
  if (operation === undefined) {
    throw new AwsError('UnknownOperationException', `${request.operation} is not run locally`);
  }
  const reply = await operation({ operation: request.operation, request, input: Input.parse(request.body), runtime });
  return { status: 200, headers: { 'content-type': 'application/x-amz-json-1.1' }, body: JSON.stringify(reply) };
}

async function start(resources: readonly ResolvedResource[], context: LocalContext): Promise<LocalService> {
  const runtime = createRuntime(resources, context);
  const open = new Set<Promise<unknown>>();
  return {
    async handle(request) {
      const answer = handle(runtime, request);
      open.add(answer);
      try {
        return await answer;
      } finally {
        open.delete(answer);
      }
    },
    dump: async () => dumpPools(runtime),
    async dispose() {
      await Promise.allSettled(open);
      runtime.database.close();
    },
  };
}

/**
 * Cognito user pools: sign-up, sign-in, tokens, recovery, MFA, groups and administration, durable when the context has
 * a folder. Not run: hosted pages and federation, SMS as a second factor, passkeys, custom challenges, devices.
 */
export const cognitoIdp: LocalServiceType = {
  signingName: 'cognito-idp',
  resourceTypes: ['AWS::Cognito::UserPool', 'AWS::Cognito::UserPoolClient', 'AWS::Cognito::UserPoolGroup', 'AWS::Cognito::UserPoolDomain'],
  identify: identifyCognitoResource,
  start,
};
