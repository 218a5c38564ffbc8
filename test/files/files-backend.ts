import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { FileEntry, UploadReply, UploadTicket } from '../../contracts/files.ts';
import { CasesBackend } from '../cases/cases-backend.ts';
import type { TestApp } from '../support/cached-assembly.ts';
import type { ApiAnswer } from '../support/call-api.ts';

export type Actor = 'a' | 'b' | 'editor' | 'admin';
/** An actor, or nobody. */
export type Asker = Actor | 'guest';
export interface Call {
  readonly method?: string;
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The app of the tests of files. */
export const filesApp: TestApp = { app: 'test/files/files-app.ts', sources: ['test/files/files-app.ts', 'test/files/files-definition.ts'] };

/** A PNG of one pixel. */
export const pixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPj/HwADBwIAMCbHYQAAAABJRU5ErkJggg==',
  'base64',
);

/** What a test uploads. */
export interface Sample {
  readonly name?: string;
  readonly type?: string;
  readonly bytes?: Uint8Array;
  readonly record?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly checksumSha256?: string;
}

const readyWithinMs = 60_000;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Sends bytes as a ticket of one piece says. `change` alters the form before. */
export const sendForm = async (
  ticket: UploadTicket,
  bytes: Uint8Array,
  change: (form: FormData) => void = () => undefined,
): Promise<Response> => {
  if (ticket.kind !== 'post') throw new Error('the upload goes in parts');
  const form = new FormData();
  for (const [name, value] of Object.entries(ticket.fields)) form.set(name, value);
  change(form);
  form.set('file', new Blob([new Uint8Array(bytes)]));
  return fetch(ticket.url, { method: 'POST', body: form });
};

/** A backend with the folders of files-definition.ts, and what tests do with it over HTTP. */
export class FilesBackend {
  readonly cases: CasesBackend;

  private constructor(cases: CasesBackend) {
    this.cases = cases;
  }

  static async start(): Promise<FilesBackend> {
    return new FilesBackend(await CasesBackend.start(filesApp));
  }

  call(asker: Asker, call: Call): Promise<ApiAnswer> {
    return asker === 'guest' ? this.cases.asGuest(call) : this.cases.as(asker, call);
  }

  /** A request of somebody beside the usual actors. */
  callWith(token: string, call: Call): Promise<ApiAnswer> {
    return this.cases.asGuest({ ...call, headers: { ...call.headers, authorization: `Bearer ${token}` } });
  }

  idOf(actor: Actor): string {
    return this.cases.users[actor].id;
  }

  /** Begins an upload. */
  begin(asker: Asker, folder: string, { bytes = pixel, ...sample }: Sample = {}, headers = {}): Promise<ApiAnswer> {
    const body = { name: 'pixel.png', type: 'image/png', sizeBytes: bytes.length, ...sample };
    return this.call(asker, { method: 'POST', path: `/files/${folder}`, body, headers });
  }

  /** Begins an upload that is taken, and leaves it there. */
  async pending(actor: Actor, folder: string, sample: Sample = {}): Promise<UploadReply> {
    const answer = await this.begin(actor, folder, sample);
    expect({ status: answer.status, text: answer.text }).toMatchObject({ status: 201 });
    return answer.json as UploadReply;
  }

  /** Uploads a file in one piece, and waits until it can be had. */
  async upload(actor: Actor, folder: string, sample: Sample = {}): Promise<FileEntry> {
    const { file, upload } = await this.pending(actor, folder, sample);
    const sent = await sendForm(upload, sample.bytes ?? pixel);
    expect({ status: sent.status, text: await sent.text() }).toMatchObject({ status: 204 });
    return this.settled(file);
  }

  /** Waits until the bytes of a file were looked at. */
  async settled({ id, folder, version }: FileEntry): Promise<FileEntry> {
    const end = Date.now() + readyWithinMs;
    for (;;) {
      const file = await this.stored(id);
      if (file !== undefined && file['status'] !== 'pending' && file['upload'] === undefined && Number(file['version']) > version) break;
      if (Date.now() > end) throw new Error(`the file ${id} was not looked at: ${JSON.stringify(file)}`);
      await pause(50);
    }
    const answer = await this.call('admin', { path: `/files/${folder}/${id}` });
    return (answer.status === 200 ? answer.json : await this.entry(id)) as FileEntry;
  }

  /** A row of the table as it is stored; undefined if there is none. */
  async stored(id: string): Promise<Readonly<Record<string, unknown>> | undefined> {
    return (await this.rows()).find((row) => row['id'] === id);
  }

  /** All rows of the table of files. */
  async rows(): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const state = JSON.parse(await this.cases.state()) as {
      readonly dynamodb: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;
    };
    const rows = Object.entries(state.dynamodb).find(([table]) => table.includes('FilesTable'))?.[1] ?? [];
    return rows.map((row) => unmarshall(row as Record<string, AttributeValue>));
  }

  /** Waits until nothing more happens behind the API, then asserts that a run leaves all stores as they were. */
  async changesNothing(run: () => Promise<void>): Promise<void> {
    const end = Date.now() + readyWithinMs;
    for (let before = ''; Date.now() < end; ) {
      const state = await this.cases.state();
      if (state === before) break;
      before = state;
      await pause(300);
    }
    await this.cases.changesNothing(run);
  }

  /** How many bytes a user keeps, by the API. */
  async usedBytes(actor: Actor): Promise<number> {
    const answer = await this.call(actor, { path: '/files/usage' });
    return (answer.json as { readonly usedBytes: number }).usedBytes;
  }

  /** The requests to AWS that a run makes, by operation; those that run beside in the background are none of it. */
  async requestsOf(run: () => Promise<unknown>): Promise<Readonly<Record<string, number>>> {
    const before = this.cases.traffic();
    await run();
    const after = this.cases.traffic();
    const entries = Object.entries(after).map(
      ([operation, { requests }]) => [operation, requests - (before[operation]?.requests ?? 0)] as const,
    );
    return Object.fromEntries(entries.filter(([, count]) => count > 0));
  }

  stop(): Promise<void> {
    return this.cases.stop();
  }

  private async entry(id: string): Promise<unknown> {
    const { place: _, ownerPlace: __, key: ___, expiresAt: ____, ...entry } = (await this.stored(id)) ?? {};
    return entry;
  }
}
