import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import { defineCustomResource, ResourceError, type ResourceSteps } from '../../lambdas/runtime/custom-resource.ts';

interface Answer {
  readonly method: string | undefined;
  readonly type: string | undefined;
  readonly body: Record<string, unknown>;
}

const base = {
  ServiceToken: 'arn:aws:lambda:us-east-1:123456789012:function:maker',
  StackId: 'stack-1',
  RequestId: 'request-1',
  LogicalResourceId: 'Thing',
  ResourceType: 'Custom::Thing',
} as const;
const properties = { ServiceToken: base.ServiceToken, Name: 'thing' };

let server: Server;
let answers: Answer[];
/** The statuses with which the next answers are taken. */
let statuses: number[];

const textOf = async (request: IncomingMessage): Promise<string> => Buffer.concat(await request.toArray()).toString();

beforeAll(async () => {
  server = createServer(async (request, response) => {
    answers.push({ method: request.method, type: request.headers['content-type'], body: JSON.parse(await textOf(request)) });
    response.writeHead(statuses.shift() ?? 200).end();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
});
beforeEach(() => {
  answers = [];
  statuses = [];
});
afterAll(() => {
  server.close();
});

const steps: ResourceSteps = {
  create: async ({ Name }) => ({ physicalId: `made-${Name}`, attributes: { Url: 'https://example.com' } }),
  update: async (_properties, physicalId, before) => ({ physicalId: `${physicalId}-from-${before['Name']}` }),
  remove: async () => undefined,
};

const run = async (given: Partial<ResourceSteps>, event: object, remainingMs = 60_000): Promise<Answer> => {
  const { port } = server.address() as AddressInfo;
  const context = { getRemainingTimeInMillis: () => remainingMs, logGroupName: 'group', logStreamName: 'stream' } as Context;
  const whole = { ...base, ResponseURL: `http://127.0.0.1:${port}/answer?signed`, ResourceProperties: properties, ...event };
  await defineCustomResource({ ...steps, ...given })(whole as unknown as CloudFormationCustomResourceEvent, context);
  return answers.at(-1) as Answer;
};

const fails = (error: unknown): Partial<ResourceSteps> => ({
  create: async () => {
    throw error;
  },
  update: async () => {
    throw error;
  },
});

describe('a custom resource', () => {
  it('tells no secret when it fails: of errors of others only their names', async () => {
    const { body } = await run(fails(new TypeError('the key is s3cr3t')), { RequestType: 'Create' });
    expect(body).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('TypeError') });
    expect(JSON.stringify(body)).not.toContain('s3cr3t');
  });

  it('says in its own words what to do', async () => {
    const { body } = await run(fails(new ResourceError('The secret is empty: put a key into it')), { RequestType: 'Create' });
    expect(body['Reason']).toMatch(/^The secret is empty: put a key into it\. The log group, stream stream/);
  });

  it('answers although its time is over', async () => {
    const { body } = await run({ create: () => new Promise(() => undefined) }, { RequestType: 'Create' }, 3_050);
    expect(body).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('took too long') });
  });

  it('keeps the id of a resource whose update failed', async () => {
    const { body } = await run(fails(new Error('no')), {
      RequestType: 'Update',
      PhysicalResourceId: 'made',
      OldResourceProperties: properties,
    });
    expect(body).toMatchObject({ Status: 'FAILED', PhysicalResourceId: 'made' });
  });

  it('removes nothing that was never made', async () => {
    const { body: failed } = await run(fails(new Error('no')), { RequestType: 'Create' });
    const remove = jest.fn();
    const { body } = await run({ remove }, { RequestType: 'Delete', PhysicalResourceId: failed['PhysicalResourceId'] });
    expect(body).toMatchObject({ Status: 'SUCCESS' });
    expect(remove).not.toHaveBeenCalled();
  });

  it('sends the answer again that was not taken', async () => {
    statuses = [503, 500];
    await run({}, { RequestType: 'Create' });
    expect(answers).toHaveLength(3);
  });

  it('answers with what there is, without a content type, which S3 has not signed', async () => {
    const { method, type, body } = await run({}, { RequestType: 'Create' });
    expect({ method, type }).toEqual({ method: 'PUT', type: '' });
    expect(body).toEqual({
      Status: 'SUCCESS',
      PhysicalResourceId: 'made-thing',
      Data: { Url: 'https://example.com' },
      StackId: 'stack-1',
      RequestId: 'request-1',
      LogicalResourceId: 'Thing',
    });
  });

  it('hands the steps what they need, and not the token', async () => {
    const seen: unknown[] = [];
    const remove = async (...given: unknown[]): Promise<void> => void seen.push(...given);
    await run({ remove }, { RequestType: 'Delete', PhysicalResourceId: 'made' });
    expect(seen).toEqual([{ Name: 'thing' }, 'made']);
    const { body } = await run({}, { RequestType: 'Update', PhysicalResourceId: 'made', OldResourceProperties: { Name: 'old' } });
    expect(body['PhysicalResourceId']).toBe('made-from-old');
  });
});
