import { CfnOutput } from 'aws-cdk-lib';
import { FunctionUrlAuthType, HttpMethod, InvokeMode } from 'aws-cdk-lib/aws-lambda';
import { type LocalBackend, startLocal } from '../../../local/local-backend.ts';
import { authorization } from '../../support/aws-calls.ts';
import { inlineFunction, synthesizeStack } from '../../support/synthesize-stack.ts';

const ECHO = `exports.handler = async (event) => {
  if (event.rawPath === '/throw') throw new Error('secret reason');
  if (event.rawPath === '/bytes') return { statusCode: 200, headers: { 'content-type': 'image/webp' }, body: '/wA=', isBase64Encoded: true };
  if (event.rawPath === '/bad') return { statusCode: 'no' };
  if (event.rawPath === '/large') return { statusCode: 200, body: 'x'.repeat(7 * 1048576) };
  return { statusCode: 201, cookies: ['a=1', 'b=2'], headers: { 'x-own': 'yes' }, body: JSON.stringify(event) };
};`;
/** Calls the URL with the credentials of the function's role. */
const CALLER = `exports.handler = async ({ url }) => {
  const { AWS_ACCESS_KEY_ID: key, AWS_SESSION_TOKEN: token } = process.env;
  const credential = key + '/20260101/us-east-1/lambda/aws4_request';
  const headers = { authorization: 'AWS4-HMAC-SHA256 Credential=' + credential + ', Signature=0', 'x-amz-security-token': token };
  const response = await fetch(url, { headers });
  return { status: response.status, body: await response.text() };
};`;

let backend: LocalBackend;
let openUrl: string;
let closedUrl: string;

beforeAll(async () => {
  const assembly = synthesizeStack('Urls', (stack) => {
    const echo = inlineFunction(stack, 'Echo', ECHO);
    const cors = { allowedOrigins: ['https://app.example'], allowedMethods: [HttpMethod.GET], allowedHeaders: ['x-a'] };
    new CfnOutput(stack, 'Open', { value: echo.addFunctionUrl({ authType: FunctionUrlAuthType.NONE, cors }).url });
    const closed = inlineFunction(stack, 'Closed', ECHO).addFunctionUrl({ authType: FunctionUrlAuthType.AWS_IAM });
    new CfnOutput(stack, 'ClosedUrl', { value: closed.url });
    const friend = inlineFunction(stack, 'Friend', CALLER);
    closed.grantInvokeUrl(friend);
    new CfnOutput(stack, 'FriendName', { value: friend.functionName });
    new CfnOutput(stack, 'StrangerName', { value: inlineFunction(stack, 'Stranger', CALLER).functionName });
  });
  backend = await startLocal({ assembly });
  openUrl = backend.outputs['Open'] ?? '';
  closedUrl = backend.outputs['ClosedUrl'] ?? '';
});
afterAll(() => backend?.dispose());

async function callFrom(output: string): Promise<{ status: number; body: string }> {
  const response = await fetch(`${backend.endpointUrl}/2015-03-31/functions/${backend.outputs[output]}/invocations`, {
    method: 'POST',
    headers: { authorization: authorization(backend.credentials.accessKeyId, 'lambda') },
    body: JSON.stringify({ url: closedUrl }),
  });
  return (await response.json()) as { status: number; body: string };
}

describe('a function URL', () => {
  it('with AWS_IAM refuses who does not sign, or has a made-up key', async () => {
    const unsigned = await fetch(closedUrl);
    expect([unsigned.status, await unsigned.json()]).toEqual([403, { Message: 'Forbidden' }]);
    const forged = await fetch(closedUrl, { headers: { authorization: authorization('AKIAINVENTED', 'lambda') } });
    expect(forged.status).toBe(403);
  });

  it('with AWS_IAM lets in roles that may invoke it, and no other', async () => {
    expect((await callFrom('StrangerName')).status).toBe(403);
    const { status, body } = await callFrom('FriendName');
    expect(status).toBe(201);
    expect(JSON.parse(body).requestContext.authorizer.iam.userArn).toContain('assumed-role');
  });

  it('is refused at the start when it streams', async () => {
    const assembly = synthesizeStack('Streams', (stack) => {
      inlineFunction(stack, 'Echo', ECHO).addFunctionUrl({ authType: FunctionUrlAuthType.NONE, invokeMode: InvokeMode.RESPONSE_STREAM });
    });
    await expect(startLocal({ assembly })).rejects.toThrow(/streams its responses \(InvokeMode RESPONSE_STREAM\)/);
  });

  it('refuses requests above 6 MB', async () => {
    const response = await fetch(openUrl, { method: 'POST', body: 'x'.repeat(6_291_457), headers: { 'content-type': 'text/plain' } });
    expect(response.status).toBe(413);
  });

  it.each(['throw', 'bad', 'large'])('answers 502 without the reason for a function that goes wrong (%s)', async (path) => {
    const response = await fetch(`${openUrl}${path}`);
    expect([response.status, await response.text()]).toEqual([502, '{"Message":"Internal Server Error"}']);
  });

  it('hands a request on in payload format 2.0, its path still encoded', async () => {
    const response = await fetch(`${openUrl}a%2Fb%20c?x=1&x=2`, {
      method: 'POST',
      body: Buffer.from([255, 0]),
      headers: { cookie: 'c=3; d=4' },
    });
    expect([response.status, response.headers.get('x-own'), response.headers.getSetCookie()]).toEqual([201, 'yes', ['a=1', 'b=2']]);
    expect(await response.json()).toMatchObject({
      version: '2.0',
      routeKey: '$default',
      rawPath: '/a%2Fb%20c',
      rawQueryString: 'x=1&x=2',
      cookies: ['c=3', 'd=4'],
      queryStringParameters: { x: '1,2' },
      requestContext: { http: { method: 'POST', path: '/a%2Fb%20c' }, stage: '$default', domainName: new URL(openUrl).host },
      body: '/wA=',
      isBase64Encoded: true,
    });
  });

  it('answers bytes', async () => {
    const response = await fetch(`${openUrl}bytes`);
    expect([response.headers.get('content-type'), [...new Uint8Array(await response.arrayBuffer())]]).toEqual(['image/webp', [255, 0]]);
  });

  it('answers preflights by its CORS settings, without the function', async () => {
    const headers = { origin: 'https://app.example', 'access-control-request-method': 'GET' };
    const preflight = await fetch(openUrl, { method: 'OPTIONS', headers });
    expect(preflight.headers.get('access-control-allow-origin')).toBe('https://app.example');
    const foreign = await fetch(openUrl, { headers: { origin: 'https://evil.example' } });
    expect(foreign.headers.get('access-control-allow-origin')).toBeNull();
  });
});
