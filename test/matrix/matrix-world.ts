import { type CasesBackend, type CasesUser, startCases } from '../cases/cases-backend.ts';
import { type ApiAnswer, type ApiCall, callApi } from '../support/call-api.ts';
import type { Caller, owners } from './callers.ts';
import type { Seen } from './cell.ts';
import { contentBody, fieldRecordsOf, fieldsBody, fieldValue, hubId, idOf, pointerId, recordKeys, standingOf } from './records.ts';
import { fieldModels, fieldRules, type MatrixModel, namesOf, ruleModels, seeders } from './rules.ts';

const matrixApp = {
  app: 'test/matrix/matrix-app.ts',
  sources: ['test/matrix/matrix-app.ts', 'test/matrix/matrix-definition.ts', 'test/matrix/rules.ts'],
};
const strangerApp = { app: 'test/auth/accounts-app.ts', settings: { groups: ['editors'] } };

/** Sends requests at most so many at a time. */
export const inParallel = async <T>(items: readonly T[], width: number, run: (item: T) => Promise<void>): Promise<void> => {
  const queue = items.values();
  const work = async (): Promise<void> => {
    for (const item of queue) await run(item);
  };
  await Promise.all(Array.from({ length: width }, work));
};

type Body = Readonly<Record<string, unknown>>;

/** The backend of the matrix with its callers and standing records. */
export class MatrixWorld implements Seen {
  readonly #backend: CasesBackend;
  readonly #stranger: CasesBackend;
  readonly #tokens = new Map<Caller, string>();
  readonly #ids = new Map<Caller, string>();
  /** Tokens of owners from before they left the group that lays records out. */
  readonly #seedTokens = new Map<Caller, string>();
  #seeder = '';

  private constructor(backend: CasesBackend, stranger: CasesBackend) {
    this.#backend = backend;
    this.#stranger = stranger;
  }

  static async start(): Promise<MatrixWorld> {
    const stranger = await startCases(strangerApp);
    const backend = await startCases(matrixApp).catch(async (failure: unknown) => {
      await stranger.stop();
      throw failure;
    });
    const world = new MatrixWorld(backend, stranger);
    try {
      await world.#makeCallers();
      await world.#layOut();
    } catch (failure) {
      await world.stop();
      throw failure;
    }
    return world;
  }

  async stop(): Promise<void> {
    await Promise.all([this.#backend.stop(), this.#stranger.stop()]);
  }

  idOf(caller: Caller): string {
    return this.#ids.get(caller) ?? '';
  }

  as(caller: Caller, call: ApiCall): Promise<ApiAnswer> {
    return callApi(this.#backend.apiUrl, { ...call, token: this.#tokens.get(caller) });
  }

  async stored(model: MatrixModel | 'Hub', id: string): Promise<Body | undefined> {
    const answer = await this.#asSeeder({ path: `/data/${model}/${id}?consistent=true` });
    return answer.status === 200 ? (answer.json as Body) : undefined;
  }

  /** All records of a model. */
  async everything(model: MatrixModel): Promise<readonly Body[]> {
    const answer = await this.#asSeeder({ path: `/data/${model}?limit=100` });
    expect(answer).toMatchObject({ status: 200 });
    return (answer.json as { items: Body[] }).items;
  }

  /** Makes a record that this user owns. */
  async make(model: string, owner: Caller, body: Body): Promise<void> {
    const token = this.#seedTokens.get(owner) ?? this.#seeder;
    const answer = await callApi(this.#backend.apiUrl, { method: 'POST', path: `/data/${model}`, body, token });
    if (answer.status !== 201) throw new Error(`${model} ${JSON.stringify(body)} was not made: ${answer.text}`);
  }

  async takeAway(model: MatrixModel, id: string): Promise<void> {
    await this.#asSeeder({ method: 'DELETE', path: `/data/${model}/${id}` });
  }

  #asSeeder(call: ApiCall): Promise<ApiAnswer> {
    return callApi(this.#backend.apiUrl, { ...call, token: this.#seeder });
  }

  #admit(caller: Caller, { id, accessToken }: CasesUser): void {
    this.#ids.set(caller, id);
    this.#tokens.set(caller, accessToken);
  }

  async #administer(user: CasesUser, method: string, action: string, body?: object): Promise<void> {
    const answer = await this.#backend.as('admin', { method, path: `/admin/users/${user.id}/${action}`, body });
    expect([200, 204]).toContain(answer.status);
  }

  async #makeCallers(): Promise<void> {
    this.#seeder = (await this.#backend.newUser({ groups: [seeders] })).accessToken;
    this.#admit('other', await this.#backend.newUser());
    this.#admit('admin', this.#backend.users.admin);
    this.#admit('stranger', this.#stranger.users.a);
    await this.#makeOwner('owner', []);
    await this.#makeOwner('member', ['editors']);
    await this.#administer(await this.#makeOwner('disabled', []), 'POST', 'disable');
    const former = await this.#backend.newUser({ groups: ['editors'] });
    this.#admit('formerMember', former);
    await this.#administer(former, 'PUT', 'groups', { groups: [] });
    this.#admit('formerMemberAnew', await this.#backend.logIn(former));
  }

  async #makeOwner(caller: (typeof owners)[number], groups: readonly string[]): Promise<CasesUser> {
    const user = await this.#backend.newUser({ groups: [seeders, ...groups] });
    this.#seedTokens.set(caller, user.accessToken);
    await this.#administer(user, 'PUT', 'groups', { groups });
    const anew = await this.#backend.logIn(user);
    this.#admit(caller, anew);
    return anew;
  }

  async #layOut(): Promise<void> {
    const hubs = [
      hubId,
      ...namesOf(fieldModels).flatMap((model) =>
        fieldRecordsOf(model).flatMap(({ id }) => namesOf(fieldRules).map((field) => fieldValue(id, field))),
      ),
    ];
    const pointers = recordKeys.map((key) => ({
      id: pointerId(key),
      ...Object.fromEntries(namesOf(ruleModels).map((name) => [`to${name}`, idOf(name, key)])),
    }));
    const records = [...namesOf(ruleModels), ...namesOf(fieldModels)].flatMap((model) =>
      standingOf(model).map(({ id, owner, content }) => {
        const body = model in ruleModels ? contentBody(id, content) : fieldsBody(id);
        return [model, owner, { ...body, id }] as const;
      }),
    );
    const all: (readonly [string, Caller, Body])[] = [
      ...hubs.map((id) => ['Hub', 'owner', { id, name: id }] as const),
      ...pointers.map((body) => ['Pointer', 'owner', body] as const),
      ...records,
    ];
    await inParallel(all, 4, ([model, owner, body]) => this.make(model, owner, body));
  }
}
