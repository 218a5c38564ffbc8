import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { InvokeCommand, LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { BytesBackend, owner } from './bytes-backend.ts';
import { filesApp } from './files-backend.ts';

let backend: BytesBackend;
let server: Server;
let answers: Record<string, unknown>[];

beforeAll(async () => {
  backend = await BytesBackend.start(filesApp);
  server = createServer(async (request, response) => {
    answers.push(JSON.parse(Buffer.concat(await request.toArray()).toString()) as Record<string, unknown>);
    response.end();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
});
beforeEach(() => {
  answers = [];
});
afterAll(async () => {
  server.close();
  await backend?.stop();
});

/** Deletes the custom resource as CloudFormation does. */
const remove = async (bucket: string): Promise<Record<string, unknown> | undefined> => {
  const { endpointUrl: endpoint, region, credentials } = backend.local;
  const lambda = new LambdaClient({ endpoint, region, credentials });
  const { Functions = [] } = await lambda.send(new ListFunctionsCommand({}));
  const name = Functions.find(({ FunctionName }) => FunctionName?.includes('EmptyBucket'))?.FunctionName;
  const event = {
    ...{ RequestType: 'Delete', StackId: 's', RequestId: 'r', LogicalResourceId: 'l', ResourceType: 'Custom::PlinthEmptyBucket' },
    ...{ PhysicalResourceId: bucket, ResponseURL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` },
    ResourceProperties: { ServiceToken: 'arn', BucketName: bucket },
  };
  await lambda.send(new InvokeCommand({ FunctionName: name, Payload: Buffer.from(JSON.stringify(event)) }));
  lambda.destroy();
  return answers[0];
};

describe('the bucket of a development stack', () => {
  it('is empty when the stack is deleted', async () => {
    const keys = [`closed/a/${owner}`, 'elsewhere/b', 'variants/c'];
    for (const key of keys) await backend.put(key, 'x');
    expect(await remove(backend.bucket)).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: backend.bucket });
    for (const key of keys) expect(await backend.isStored(key)).toBe(false);
  });
});
