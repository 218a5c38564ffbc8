import { request as httpRequest } from 'node:http';
import { Clock } from '../../../local/clock.ts';
import { AwsCredentialStore } from '../../../local/http/aws-credentials.ts';
import { AwsEndpoint } from '../../../local/http/aws-endpoint.ts';
import { type LocalLog, silentLog } from '../../../local/log.ts';
import { Iam } from '../../../local/services/iam/iam.ts';
import { AwsError, type AwsRequest, type AwsResponse } from '../../../local/services/service.ts';
import { authorization, callJsonService } from '../../support/aws-calls.ts';
import { testAccount } from '../../support/resolve-template.ts';

const TABLE = 'arn:aws:dynamodb:eu-west-1:111122223333:table/Notes';
const ROLE = 'arn:aws:iam::111122223333:role/worker';

const role = {
  logicalId: 'Role',
  stackName: 'Stack',
  type: 'AWS::IAM::Role',
  properties: {
    Policies: [{ PolicyName: 'p', PolicyDocument: { Statement: { Effect: 'Allow', Action: 'dynamodb:GetItem', Resource: TABLE } } }],
  },
  ref: 'worker',
  attributes: { Arn: ROLE },
};

const ok = (content: unknown): AwsResponse => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(content),
});

interface Running {
  readonly endpoint: AwsEndpoint;
  readonly url: string;
  readonly root: string;
  readonly session: { accessKeyId: string; sessionToken: string };
}

const open: AwsEndpoint[] = [];

async function start(handle: (request: AwsRequest) => Promise<AwsResponse>, log: LocalLog = silentLog): Promise<Running> {
  const iam = new Iam([role], { account: testAccount, clock: new Clock(), log });
  const credentials = new AwsCredentialStore(iam.root);
  const endpoint = new AwsEndpoint({ iam, credentials, log, tools: (_request, response) => response.end('tools') });
  const service = { handle, dump: async () => ({}), dispose: async () => {} };
  for (const name of ['dynamodb', 'cognito-idp', 's3', 'lambda', 'sts']) endpoint.add(name, service);
  await endpoint.listen(0);
  open.push(endpoint);
  const session = credentials.ofSession(iam.assumedRole(ROLE, 'f'));
  return { endpoint, url: `http://127.0.0.1:${endpoint.port}`, root: credentials.root.accessKeyId, session };
}

afterEach(async () => {
  for (const endpoint of open.splice(0)) await endpoint.dispose(100);
});

const echo = async ({ operation, principal, method, path, query, body }: AwsRequest): Promise<AwsResponse> =>
  ok({ operation, principal: principal?.arn ?? null, method, path, query: Object.fromEntries(query), length: body.length });

describe('AwsEndpoint', () => {
  it.each([
    ['dynamodb', 'DynamoDB_20120810.GetItem', 400, 'com.amazonaws.dynamodb.v20120810#UnrecognizedClientException'],
    ['cognito-idp', 'AWSCognitoIdentityProviderService.ListUsers', 400, 'UnrecognizedClientException'],
  ])('refuses an unknown key at %s', async (service, target, status, type) => {
    const { url } = await start(echo);
    const answer = await callJsonService(url, { key: 'AKIANOBODY', service, target });
    expect([answer.status, answer.body['__type']]).toEqual([status, type]);
  });

  it('refuses the key of a session without its token', async () => {
    const { url, session } = await start(echo);
    const call = { key: session.accessKeyId, service: 'dynamodb', target: 'DynamoDB_20120810.GetItem' };
    expect((await callJsonService(url, call)).status).toBe(400);
    expect((await callJsonService(url, { ...call, headers: { 'x-amz-security-token': 'wrong' } })).status).toBe(400);
    expect((await callJsonService(url, { ...call, headers: { 'x-amz-security-token': session.sessionToken } })).status).toBe(200);
  });

  it('has the time of its client, so that a clock that was moved is no reason to send a refused request again', async () => {
    const { url, root } = await start(echo);
    const dateOf = async (signedAt?: string): Promise<string | null> => {
      const authorization = `AWS4-HMAC-SHA256 Credential=${root}/20300101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0`;
      const headers = {
        authorization,
        'x-amz-target': 'DynamoDB_20120810.GetItem',
        ...(signedAt !== undefined && { 'x-amz-date': signedAt }),
      };
      return (await fetch(url, { method: 'POST', headers, body: '{}' })).headers.get('date');
    };
    expect(await dateOf('20300203T040506Z')).toBe('Sun, 03 Feb 2030 04:05:06 GMT');
    for (const signedAt of [undefined, 'tomorrow'])
      expect(Math.abs(Date.parse(String(await dateOf(signedAt))) - Date.now())).toBeLessThan(60_000);
  });

  it.each([
    [
      'a malformed scope',
      { authorization: 'AWS4-HMAC-SHA256 Credential=AKIA/x', 'x-amz-target': 'DynamoDB_20120810.GetItem' },
      'IncompleteSignatureException',
    ],
    [
      'an unsigned call of a service that wants signatures',
      { 'x-amz-target': 'DynamoDB_20120810.GetItem' },
      'MissingAuthenticationTokenException',
    ],
    [
      'an unsigned call from a web site',
      { 'x-amz-target': 'AWSCognitoIdentityProviderService.SignUp', origin: 'https://evil.example' },
      'AccessDeniedException',
    ],
  ])('refuses %s', async (_name, headers: Record<string, string>, code) => {
    const { url } = await start(echo);
    const response = await fetch(url, { method: 'POST', headers, body: '{}' });
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.headers.get('x-amzn-errortype')).toBe(code);
  });

  it('refuses an unsigned call for another host name, as after DNS rebinding', async () => {
    const { endpoint } = await start(echo);
    const status = await new Promise((done) => {
      const headers = { host: 'rebound.example', 'x-amz-target': 'AWSCognitoIdentityProviderService.SignUp' };
      httpRequest({ port: endpoint.port, host: '127.0.0.1', method: 'POST', headers }, (response) => done(response.statusCode)).end('{}');
    });
    expect(status).toBe(403);
  });

  it('says that a service does not run', async () => {
    const { url, root } = await start(echo);
    const answer = await callJsonService(url, { key: root, service: 'kinesis', target: 'Kinesis_20131202.PutRecord' });
    expect(answer).toMatchObject({ status: 503, body: { message: 'The service kinesis does not run locally.' } });
  });

  it('gives root and roles their names, and the operation, path and query', async () => {
    const { url, root, session } = await start(echo);
    const target = 'DynamoDB_20120810.GetItem';
    const asRoot = await callJsonService(url, { key: root, service: 'dynamodb', target });
    expect(asRoot.body).toMatchObject({ operation: 'GetItem', principal: 'arn:aws:iam::111122223333:root', method: 'POST', path: '/' });
    const headers = { authorization: authorization(session.accessKeyId, 'lambda'), 'x-amz-security-token': session.sessionToken };
    const asRole = await fetch(`${url}/2015-03-31/functions/a%20b?Qualifier=1`, { headers });
    expect(await asRole.json()).toMatchObject({
      operation: '',
      principal: 'arn:aws:sts::111122223333:assumed-role/worker/f',
      path: '/2015-03-31/functions/a%20b',
      query: { Qualifier: '1' },
    });
  });

  it('takes unsigned Cognito calls and key requests without a principal', async () => {
    const { url } = await start(echo);
    const signUp = await fetch(url, {
      method: 'POST',
      headers: { 'x-amz-target': 'AWSCognitoIdentityProviderService.SignUp' },
      body: '{}',
    });
    expect(await signUp.json()).toMatchObject({ operation: 'SignUp', principal: null });
    const keys = await fetch(`${url}/eu-west-1_Abc123/.well-known/jwks.json`);
    expect(await keys.json()).toMatchObject({ method: 'GET', principal: null });
  });

  it('does not believe the key of a presigned URL, whose signature only the service can check', async () => {
    const { url, root } = await start(echo);
    const presigned = await fetch(`${url}/bucket/key?X-Amz-Credential=${root}/20260101/us-east-1/s3/aws4_request`);
    expect(await presigned.json()).toMatchObject({ principal: null, path: '/bucket/key' });
  });

  it('lets a role do what its policy says and refuses the rest in the words of AWS', async () => {
    const { url, session } = await start(async (request) => {
      request.authorize(`dynamodb:${request.operation}`, TABLE);
      return ok({});
    });
    const call = (target: string) =>
      callJsonService(url, {
        key: session.accessKeyId,
        service: 'dynamodb',
        target,
        headers: { 'x-amz-security-token': session.sessionToken },
      });
    expect((await call('DynamoDB_20120810.GetItem')).status).toBe(200);
    expect(await call('DynamoDB_20120810.PutItem')).toMatchObject({
      status: 400,
      body: {
        __type: 'com.amazonaws.dynamodb.v20120810#AccessDeniedException',
        message: `User: arn:aws:sts::111122223333:assumed-role/worker/f is not authorized to perform: dynamodb:PutItem on resource: ${TABLE} because no identity-based policy allows the dynamodb:PutItem action`,
      },
    });
  });

  it.each([
    [
      'dynamodb',
      'application/x-amz-json-1.0',
      400,
      /^\{"__type":"com\.amazonaws\.dynamodb\.v20120810#NoSuchThing","message":"a <b>","Extra":1\}$/,
    ],
    ['lambda', 'application/json', 400, /^\{"Type":"User","message":"a <b>","Extra":1\}$/],
    [
      's3',
      'application/octet-stream',
      400,
      /<Error><Code>NoSuchThing<\/Code><Message>a &lt;b&gt;<\/Message><Extra>1<\/Extra><Resource>\/x<\/Resource><RequestId>/,
    ],
    ['sts', 'application/x-www-form-urlencoded', 400, /<ErrorResponse><Error><Type>Sender<\/Type><Code>NoSuchThing<\/Code>/],
  ])('tells errors in the protocol of %s', async (service, type, status, body) => {
    const { url, root } = await start(async () => {
      throw new AwsError('NoSuchThing', 'a <b>', { members: { Extra: 1 } });
    });
    const headers: Record<string, string> = { authorization: authorization(root, service), 'content-type': type };
    if (service === 'dynamodb') headers['x-amz-target'] = 'DynamoDB_20120810.GetItem';
    const response = await fetch(`${url}/x`, { method: 'POST', headers, body: '' });
    expect(response.status).toBe(status);
    expect(response.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
    expect(await response.text()).toMatch(body);
  });

  it('answers 500 without the reason when a service breaks, and logs the reason', async () => {
    const errors: string[] = [];
    const handle = async (): Promise<AwsResponse> => {
      throw new TypeError('secret detail');
    };
    const { url, root } = await start(handle, { ...silentLog, error: (_source, message) => errors.push(message) });
    const answer = await callJsonService(url, { key: root, service: 'dynamodb', target: 'DynamoDB_20120810.GetItem' });
    expect(answer.status).toBe(500);
    expect(JSON.stringify(answer.body)).not.toContain('secret');
    expect(errors[0]).toContain('secret detail');
  });

  it.each([
    ['with a length', 'x'.repeat(16 * 1024 * 1024 + 1)],
    ['in chunks', new Blob(['x'.repeat(17 * 1024 * 1024)]).stream()],
  ])('refuses a body above the limit of DynamoDB %s', async (_name, body) => {
    const { url, root } = await start(echo);
    const headers = { authorization: authorization(root, 'dynamodb'), 'x-amz-target': 'DynamoDB_20120810.PutItem' };
    const refused = await fetch(url, { method: 'POST', headers, body, duplex: 'half' } as RequestInit).then(
      (response) => response.status,
      () => 'closed',
    );
    // The socket is closed over the unread body, and the client may see that first.
    expect([413, 'closed']).toContain(refused);
    expect((await callJsonService(url, { key: root, service: 'dynamodb', target: 'DynamoDB_20120810.GetItem' })).status).toBe(200);
  });

  it('counts requests and units by operation until the counts are reset', async () => {
    const { endpoint, url, root } = await start(async () => ({ ...ok({}), units: { read: 0.5, write: 0 } }));
    for (const target of ['DynamoDB_20120810.GetItem', 'DynamoDB_20120810.GetItem', 'DynamoDB_20120810.Query']) {
      await callJsonService(url, { key: root, service: 'dynamodb', target });
    }
    expect(endpoint.traffic.counts()).toEqual({
      'dynamodb:GetItem': { requests: 2, readUnits: 1, writeUnits: 0 },
      'dynamodb:Query': { requests: 1, readUnits: 0.5, writeUnits: 0 },
    });
    endpoint.traffic.reset();
    expect(endpoint.traffic.counts()).toEqual({});
  });

  it('lets a request in flight finish before it closes, and takes no new one', async () => {
    const entered = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    const { endpoint, url, root } = await start(async () => {
      entered.resolve();
      await released.promise;
      return ok({ done: true });
    });
    const call = { key: root, service: 'dynamodb', target: 'DynamoDB_20120810.GetItem' };
    const inFlight = callJsonService(url, call);
    await entered.promise;
    const closing = endpoint.dispose(2_000);
    setTimeout(() => released.resolve(), 50);
    expect((await inFlight).body).toEqual({ done: true });
    await closing;
    await expect(callJsonService(url, call)).rejects.toThrow();
  });
});
