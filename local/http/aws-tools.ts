import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../clock.ts';
import type { Inbox, InboxMessage } from '../inbox.ts';
import type { LogEntry } from '../recent-log.ts';
import type { AccessReport } from '../services/iam/access-report.ts';
import { AwsError, type LocalTool } from '../services/service.ts';
import { readBody } from './aws-body.ts';
import { inboxPage, inboxPagePolicy } from './aws-inbox-page.ts';
import { isLocalRequest } from './aws-origin-guard.ts';

/** What people and tests may look at and change in a running backend. */
export interface Inspection {
  readonly inbox: Inbox;
  readonly clock: Clock;
  logs(): readonly LogEntry[];
  dump(): Promise<Readonly<Record<string, unknown>>>;
  accessReport(): AccessReport;
  /** What a service adds, by method and path. */
  serviceTool(name: string): LocalTool | undefined;
}

type Tool = (inspection: Inspection, request: IncomingMessage, query: URLSearchParams) => unknown;

/** By method and path below `/_plinth`. */
const tools: Readonly<Record<string, Tool>> = {
  'GET /inbox': ({ inbox }, _request, query) => inbox.list(query.get('to') ?? undefined),
  'DELETE /inbox': ({ inbox }) => inbox.clear(),
  'POST /outbound': record,
  'GET /dump': ({ dump }) => dump(),
  'GET /access-report': ({ accessReport }) => accessReport(),
  'GET /logs': ({ logs }) => logs(),
  'GET /clock': ({ clock }) => ({ now: new Date(clock.now()).toISOString() }),
  'PUT /clock': setClock,
};

/** Where functions take requests to hosts outside (`variables.recorder`). */
export const recorderPath = '/_plinth/outbound';

/** Answers `/_plinth/…` on the local AWS endpoint: an inbox page for people, JSON for programs. */
export function plinthTools(inspection: Inspection): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    answer(inspection, request, response).catch((error: unknown) => {
      reply(response, 500, { error: error instanceof Error ? error.message : String(error) });
    });
  };
}

async function answer(inspection: Inspection, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!isLocalRequest(request)) return reply(response, 403, { error: 'only pages and programs of this machine may ask' });
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
  const path = pathname.slice('/_plinth'.length);
  if (request.method === 'GET' && (path === '' || path === '/')) {
    response.writeHead(200, { ...HEADERS, 'content-type': 'text/html; charset=utf-8', 'content-security-policy': inboxPagePolicy });
    response.end(inboxPage(inspection.inbox.list(searchParams.get('to') ?? undefined)));
    return;
  }
  const name = `${request.method} ${path}`;
  const tool = tools[name] ?? asTool(inspection.serviceTool(name));
  if (tool === undefined) {
    const known = Object.keys(tools).some((one) => one.endsWith(` ${path}`));
    return reply(response, known ? 405 : 404, { error: `there is no ${request.method} ${pathname}` });
  }
  const result = await tool(inspection, request, searchParams);
  if (result instanceof InvalidInput) return reply(response, 400, { error: result.message });
  reply(response, result === undefined ? 204 : 200, result);
}

class InvalidInput extends Error {}

/** A tool of a service takes JSON. */
function asTool(tool: LocalTool | undefined): Tool | undefined {
  if (tool === undefined) return undefined;
  return async (_inspection, request, query) => {
    try {
      const text = (await readBody(request, 'plinth')).toString();
      return tool({ query, body: text === '' ? undefined : JSON.parse(text) });
    } catch (error) {
      if (error instanceof AwsError || error instanceof SyntaxError) return new InvalidInput(error.message);
      throw error;
    }
  };
}

/**
 * `{ "channel": "webhook", "to": the URL, "body": what was sent }` is put into the inbox, and answered as the host would: it is well. So is
 * an e-mail, with its subject, HTML, attachments and the URL to unsubscribe at.
 */
async function record({ inbox, clock }: Inspection, request: IncomingMessage): Promise<unknown> {
  let input: { channel?: unknown; to?: unknown; body?: unknown } & Partial<
    Pick<InboxMessage, 'subject' | 'html' | 'unsubscribeUrl' | 'attachments'>
  >;
  try {
    input = Object(JSON.parse((await readBody(request, 'plinth')).toString()));
  } catch {
    return new InvalidInput('the body is no JSON');
  }
  const { channel, to, body, subject, html, unsubscribeUrl, attachments } = input;
  if ((channel !== 'webhook' && channel !== 'email') || typeof to !== 'string' || typeof body !== 'string') {
    return new InvalidInput('give {"channel": "webhook" or "email", "to": a URL or an address, "body": a text}');
  }
  const email = channel === 'email' && {
    ...(subject && { subject }),
    ...(html && { html }),
    ...(unsubscribeUrl && { unsubscribeUrl }),
    ...(attachments?.length && { attachments }),
  };
  inbox.deliver({ at: new Date(clock.now()).toISOString(), channel, to, body, ...email });
  return undefined;
}

/** `{ "now": "2026-01-01T00:00:00Z" }` sets the time, `{ "advanceMs": 3600000 }` moves it. */
async function setClock({ clock }: Inspection, request: IncomingMessage): Promise<unknown> {
  const text = (await readBody(request, 'plinth')).toString();
  let input: { now?: unknown; advanceMs?: unknown };
  try {
    input = Object(JSON.parse(text));
  } catch {
    return new InvalidInput('the body is no JSON');
  }
  if (typeof input.now === 'string' && !Number.isNaN(Date.parse(input.now))) clock.set(Date.parse(input.now));
  else if (typeof input.advanceMs === 'number' && Number.isFinite(input.advanceMs)) clock.advance(input.advanceMs);
  else return new InvalidInput('give {"now": an ISO time} or {"advanceMs": milliseconds}');
  return { now: new Date(clock.now()).toISOString() };
}

const HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' };

function reply(response: ServerResponse, status: number, content: unknown): void {
  if (content === undefined) {
    response.writeHead(status, HEADERS).end();
    return;
  }
  response.writeHead(status, { ...HEADERS, 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(content));
}
