import type { ApiClient, Call, Reply } from './api-client.ts';
import type { Operation } from './linearizability.ts';
import type { RecordInput, RecordOutput } from './record-specification.ts';

export type History = readonly Operation<RecordInput, RecordOutput>[];

const CLIENTS = 8;
const OPERATIONS_EACH = 5;
const fields = ['a', 'b', 'c'] as const;

const randomBelow = (limit: number): number => Math.floor(Math.random() * limit);
const newValues = (): Record<string, string> => ({
  [fields[randomBelow(fields.length)] as string]: Math.random().toString(36).slice(2, 8),
});

/** @param version what the client last saw */
function nextInput(version: number): RecordInput {
  const chance = Math.random();
  if (chance < 0.15) return { kind: 'create', values: newValues() };
  if (chance < 0.45) return { kind: 'read' };
  if (chance < 0.7) return { kind: 'update', values: newValues() };
  if (chance < 0.92) return { kind: 'update', values: newValues(), ifMatch: version };
  return { kind: 'delete' };
}

function callOf(id: string, input: RecordInput): Call {
  const path = `/data/Item/${id}`;
  switch (input.kind) {
    case 'create':
      return { method: 'POST', path: '/data/Item', body: { id, tag: id, group: 'x', ...input.values } };
    case 'read':
      return { method: 'GET', path: `${path}?consistent=true` };
    case 'update':
      return {
        method: 'PATCH',
        path,
        body: input.values,
        ...(input.ifMatch !== undefined && { headers: { 'if-match': `"${input.ifMatch}"` } }),
      };
    case 'delete':
      return { method: 'DELETE', path };
  }
}

function outputOf({ status, text }: Reply): RecordOutput {
  if (status !== 200 && status !== 201) return { status };
  const stored = JSON.parse(text) as Record<string, unknown>;
  const values = Object.fromEntries(fields.flatMap((field) => (field in stored ? [[field, String(stored[field])]] : [])));
  return { status, record: { version: Number(stored['version']), values } };
}

/** Lets eight clients work on one record at once, and a last one look at what became of it. */
export async function recordHistory(client: ApiClient, id: string): Promise<History> {
  const history: Operation<RecordInput, RecordOutput>[] = [];
  const send = async (input: RecordInput): Promise<RecordOutput | undefined> => {
    const calledAt = performance.now();
    const reply = await client.send(callOf(id, input)).catch(() => undefined);
    // A 409 of any other kind, or a 5xx, says nothing that the specification knows.
    const output = reply === undefined || reply.status >= 500 ? undefined : outputOf(reply);
    history.push({ input, output, calledAt, answeredAt: output === undefined ? Number.POSITIVE_INFINITY : performance.now() });
    return output;
  };
  const work = async (): Promise<void> => {
    let version = 1;
    for (let count = 0; count < OPERATIONS_EACH; count += 1) version = (await send(nextInput(version)))?.record?.version ?? version;
  };
  await Promise.all([send({ kind: 'create', values: {} }), ...Array.from({ length: CLIENTS }, work)]);
  await send({ kind: 'read' });
  return history;
}
