import type { IncomingHttpHeaders } from 'node:http';
import type { AwsError, AwsResponse } from '../services/service.ts';

/** How a service and its clients write requests, answers and errors down. */
export type AwsProtocol = 'json-1.0' | 'json-1.1' | 'rest-json' | 'rest-xml' | 'query';

/** The protocol shows in the request itself. `service` is the signing name. */
export function protocolOf(service: string, headers: IncomingHttpHeaders): AwsProtocol {
  if (service === 's3') return 'rest-xml';
  if (headers['x-amz-target'] !== undefined) return headers['content-type']?.includes('json-1.0') ? 'json-1.0' : 'json-1.1';
  return headers['content-type']?.startsWith('application/x-www-form-urlencoded') ? 'query' : 'rest-json';
}

/** Where the error is told, so that clients find it: each protocol has its place. */
export interface ErrorPlace {
  readonly protocol: AwsProtocol;
  readonly service: string;
  readonly requestId: string;
  readonly path: string;
}

/** Renders an error as AWS does. */
export function renderError(error: AwsError, place: ErrorPlace): AwsResponse {
  switch (place.protocol) {
    case 'json-1.0':
    case 'json-1.1':
      return {
        status: error.status,
        headers: { 'content-type': `application/x-amz-${place.protocol}`, 'x-amzn-errortype': error.code },
        body: JSON.stringify({ __type: typeName(place.service, error.code), message: error.message, ...error.members }),
      };
    case 'rest-json':
      return {
        status: restStatus(error),
        headers: { 'content-type': 'application/json', 'x-amzn-errortype': error.code },
        body: JSON.stringify({ Type: error.status >= 500 ? 'Service' : 'User', message: error.message, ...error.members }),
      };
    case 'rest-xml':
      return xml(restStatus(error), [
        [
          'Error',
          [
            ['Code', xmlCode(error)],
            ['Message', error.message],
            ...Object.entries(error.members).map(([name, value]): XmlMember => [name, String(value)]),
            ['Resource', place.path],
            ['RequestId', place.requestId],
          ],
        ],
      ]);
    case 'query':
      return xml(restStatus(error), [
        [
          'ErrorResponse',
          [
            [
              'Error',
              [
                ['Type', error.status >= 500 ? 'Receiver' : 'Sender'],
                ['Code', xmlCode(error)],
                ['Message', error.message],
              ],
            ],
            ['RequestId', place.requestId],
          ],
        ],
      ]);
  }
}

/** DynamoDB puts its namespace before the code; its clients expect either. */
function typeName(service: string, code: string): string {
  return service === 'dynamodb' && !code.includes('#') ? `com.amazonaws.dynamodb.v20120810#${code}` : code;
}

/** JSON services answer 400 where the others answer 403. */
const restStatus = (error: AwsError): number => (error.code === 'AccessDeniedException' && error.status === 400 ? 403 : error.status);

/** The XML protocols have no `Exception` at the end of this code. */
const xmlCode = (error: AwsError): string => (error.code === 'AccessDeniedException' ? 'AccessDenied' : error.code);

type XmlMember = readonly [name: string, content: string | readonly XmlMember[]];

function xml(status: number, members: readonly XmlMember[]): AwsResponse {
  return { status, headers: { 'content-type': 'text/xml' }, body: `<?xml version="1.0" encoding="UTF-8"?>\n${renderXml(members)}` };
}

/** Writes elements; texts are escaped. */
export function renderXml(members: readonly XmlMember[]): string {
  return members
    .map(([name, content]) => `<${name}>${typeof content === 'string' ? escapeXml(content) : renderXml(content)}</${name}>`)
    .join('');
}

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Also good for HTML. Control characters become references, as S3 writes them: a parser would take CR for LF. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"']|(?![\t\n])\p{Cc}/gu, (character) => escapes[character] ?? `&#x${character.charCodeAt(0).toString(16)};`);
}
