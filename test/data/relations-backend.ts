import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
} from '@aws-sdk/client-cognito-identity-provider';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { outputs } from '../../contracts/outputs.ts';
import { type LocalBackend, type LocalOptions, startLocal } from '../../local/local-backend.ts';
import { cachedAssembly } from '../support/cached-assembly.ts';
import { type ApiAnswer, type ApiCall, callApi } from '../support/call-api.ts';

/** Somebody who is logged in. */
export interface Person {
  readonly id: string;
  readonly email: string;
  readonly token: string;
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape
export type Body = any;
type StoredItem = Readonly<Record<string, unknown>>;

const password = 'correct-horse-1';

export const relationsAssembly = (): string =>
  cachedAssembly({ app: 'test/data/relations-app.ts', sources: ['test/data/relations-app.ts', 'test/data/relations-definition.ts'] });

/** Logs a person in again: access tokens end after an hour of the run's clock. */
export const newToken = async (apiUrl: string, email: string): Promise<string> => {
  const answer = await callApi(apiUrl, { method: 'POST', path: '/auth/login', body: { email, password } });
  return String((answer.json as Body).accessToken);
};

/** Makes an account of a running backend, and logs in. */
export const newPerson = async (
  backend: Pick<LocalBackend, 'apiUrl' | 'endpointUrl' | 'region' | 'credentials' | 'outputs'>,
  groups: readonly string[] = [],
): Promise<Person> => {
  const { apiUrl, endpointUrl: endpoint, region, credentials } = backend;
  const cognito = new CognitoIdentityProviderClient({ endpoint, region, credentials });
  const email = `user-${crypto.randomUUID()}@example.com`;
  const named = { UserPoolId: backend.outputs[outputs.userPoolId] ?? '', Username: email };
  const attributes = [
    { Name: 'email', Value: email },
    { Name: 'email_verified', Value: 'true' },
  ];
  const { User } = await cognito.send(new AdminCreateUserCommand({ ...named, MessageAction: 'SUPPRESS', UserAttributes: attributes }));
  await cognito.send(new AdminSetUserPasswordCommand({ ...named, Password: password, Permanent: true }));
  for (const group of groups) await cognito.send(new AdminAddUserToGroupCommand({ ...named, GroupName: group }));
  cognito.destroy();
  const id = User?.Attributes?.find(({ Name }) => Name === 'sub')?.Value ?? '';
  return { id, email, token: await newToken(apiUrl, email) };
};

const plain = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  const [[type, inner] = []] = Object.entries(value);
  return type === 'N' ? Number(inner) : inner;
};

/** The models of `relations-definition.ts` in local mode, over HTTP. */
export class RelationsBackend {
  readonly local: LocalBackend;
  readonly #folder: string | undefined;

  private constructor(local: LocalBackend, folder: string | undefined) {
    this.local = local;
    this.#folder = folder;
  }

  static async start(options: Partial<LocalOptions> = {}): Promise<RelationsBackend> {
    const folder = options.folder === undefined ? mkdtempSync(join(tmpdir(), 'plinth-relations-')) : undefined;
    return new RelationsBackend(
      await startLocal({ assembly: relationsAssembly(), folder: folder && join(folder, 'state'), ...options }),
      folder,
    );
  }

  person(...groups: readonly string[]): Promise<Person> {
    return newPerson(this.local, groups);
  }

  call(who: Person | undefined, call: ApiCall): Promise<ApiAnswer> {
    return callApi(this.local.apiUrl, { ...call, token: who?.token });
  }

  get(who: Person | undefined, path: string, query: Readonly<Record<string, unknown>> = {}): Promise<ApiAnswer> {
    const text = Object.entries(query).map(([name, value]) => [name, typeof value === 'object' ? JSON.stringify(value) : String(value)]);
    return this.call(who, { path: `/data/${path}?${new URLSearchParams(Object.fromEntries(text))}` });
  }

  post(who: Person | undefined, model: string, body: object): Promise<ApiAnswer> {
    return this.call(who, { method: 'POST', path: `/data/${model}`, body });
  }

  patch(who: Person | undefined, path: string, body: object): Promise<ApiAnswer> {
    return this.call(who, { method: 'PATCH', path: `/data/${path}`, body });
  }

  delete(who: Person | undefined, path: string): Promise<ApiAnswer> {
    return this.call(who, { method: 'DELETE', path: `/data/${path}` });
  }

  /** Creates a record, and gives its id. */
  async create(who: Person | undefined, model: string, body: object): Promise<string> {
    const answer = await this.post(who, model, body);
    expect({ status: answer.status, text: answer.text }).toEqual({ status: 201, text: answer.text });
    return (answer.json as Body).id;
  }

  /** All that is stored of a model, or in the table of constraints. */
  async items(name: string): Promise<readonly StoredItem[]> {
    const { dynamodb } = (await this.local.dump()) as Body;
    const items: readonly Body[] = dynamodb[await this.#tableName(name)] ?? [];
    return items.map((item) => Object.fromEntries(Object.entries(item).map(([key, value]) => [key, plain(value)])));
  }

  /** Stores an item past the API. */
  async put(name: string, item: StoredItem): Promise<void> {
    const { endpointUrl: endpoint, region, credentials } = this.local;
    const client = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint, region, credentials }));
    await client.send(new PutCommand({ TableName: await this.#tableName(name), Item: item }));
    client.destroy();
  }

  async #tableName(name: string): Promise<string> {
    const { dynamodb } = (await this.local.dump()) as Body;
    return Object.keys(dynamodb).find((key) => key.includes(name === 'Constraints' ? name : `${name}Table`)) ?? '';
  }

  /** The counters that are not zero. */
  async counters(): Promise<Readonly<Record<string, number>>> {
    const items = await this.items('Constraints');
    return Object.fromEntries(items.filter(({ pk, n }) => String(pk).startsWith('C#') && n !== 0).map(({ pk, n }) => [pk, Number(n)]));
  }

  /** What the table of constraints must hold, by what is stored: unique values, and counters that are not zero. */
  async expectedConstraints(): Promise<Readonly<Record<string, unknown>>> {
    const expected: Record<string, number | string> = {};
    const count = (key: string): void => {
      expected[key] = Number(expected[key] ?? 0) + 1;
    };
    const countFields = (model: string, item: StoredItem, fields: readonly string[]): void => {
      for (const field of fields) if (item[field] !== undefined) count(`C#${model}#${field}#=${item[field]}`);
    };
    for (const note of await this.items('Note')) {
      count('C#Note#*');
      countFields('Note', note, ['owner', 'state']);
      if (note['slug'] !== undefined) expected[`U#Note#slug#=${note['slug']}`] = String(note['id']);
    }
    for (const comment of await this.items('Comment')) {
      countFields('Comment', comment, ['owner', 'noteId', 'authorId']);
      if (comment['key'] !== undefined) expected[`U#Comment#key#=${comment['key']}`] = String(comment['id']);
    }
    for (const item of await this.items('Answer')) countFields('Answer', item, ['commentId']);
    for (const item of await this.items('Author')) countFields('Author', item, ['profileId']);
    for (const item of await this.items('NoteTag')) countFields('NoteTag', item, ['noteId', 'tagId']);
    return expected;
  }

  /** What the table of constraints holds of unique values, of counters that are not zero, and of unfinished deletes. */
  async constraints(): Promise<Readonly<Record<string, unknown>>> {
    const items = (await this.items('Constraints')).filter(({ pk, n }) => /^[UCD]#/.test(String(pk)) && n !== 0);
    return Object.fromEntries(items.map(({ pk, n, id, at }) => [pk, n ?? id ?? at]));
  }

  /** Requests to DynamoDB since the last look. */
  requests(): Readonly<Record<string, number>> {
    const counts = Object.entries(this.local.counts()).filter(([key]) => key.startsWith('dynamodb:'));
    this.local.resetCounts();
    return Object.fromEntries(counts.map(([key, { requests }]) => [key.slice('dynamodb:'.length), requests]));
  }

  async stop(): Promise<void> {
    await this.local.dispose();
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
  }
}
