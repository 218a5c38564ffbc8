import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  CreateGroupCommand,
  UpdateUserAttributesCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { outputs } from '../../contracts/outputs.ts';
import type { Clock } from '../../local/clock.ts';
import type { Traffic } from '../../local/http/aws-traffic.ts';
import { type LocalBackend, startLocal } from '../../local/local-backend.ts';
import type { LocalLog } from '../../local/log.ts';
import { cachedAssembly, type TestApp } from '../support/cached-assembly.ts';
import { type ApiAnswer, type ApiCall, callApi } from '../support/call-api.ts';

/** Somebody with an account, logged in. */
export interface CasesUser {
  readonly id: string;
  readonly email: string;
  readonly password: string;
  readonly accessToken: string;
  readonly idToken: string;
  readonly refreshToken: string;
}

type Actor = 'a' | 'b' | 'editor' | 'admin';
type Rec = Readonly<Record<string, unknown>>;

const groupsOf: Readonly<Record<Actor, readonly string[]>> = { a: [], b: [], editor: ['editors'], admin: ['admins'] };
/** The app of the cases. `settings` are the props of its backend. */
export const casesApp: TestApp = { app: 'test/cases/cases-app.ts', sources: ['test/cases/cases-app.ts', 'test/cases/cases-definition.ts'] };
const password = 'correct-horse-1';

/** A backend of the adversarial cases in local mode, and its actors. All that a case does goes over HTTP. */
export class CasesBackend {
  readonly users: Readonly<Record<Actor, CasesUser>>;
  /** Where the state lies, keys of the user pool among it. */
  readonly stateFolder: string;
  readonly #folder: string;
  readonly #local: LocalBackend;
  readonly #cognito: CognitoIdentityProviderClient;
  readonly #log: readonly string[];

  private constructor(parts: { folder: string; stateFolder: string; local: LocalBackend; log: readonly string[] }) {
    this.#folder = parts.folder;
    this.stateFolder = parts.stateFolder;
    this.#local = parts.local;
    this.#log = parts.log;
    const { endpointUrl: endpoint, region, credentials } = parts.local;
    this.#cognito = new CognitoIdentityProviderClient({ endpoint, region, credentials });
    this.users = {} as Record<Actor, CasesUser>;
  }

  /** @see startCases */
  static async start(app: TestApp): Promise<CasesBackend> {
    const folder = mkdtempSync(join(tmpdir(), 'plinth-cases-'));
    const lines: string[] = [];
    const write = (_source: string, message: string) => void lines.push(message);
    const log: LocalLog = { info: write, warn: write, error: write, debug: write };
    const stateFolder = join(folder, 'state');
    const local = await startLocal({ assembly: cachedAssembly(app), folder: stateFolder, log });
    const backend = new CasesBackend({ folder, stateFolder, local, log: lines });
    try {
      for (const actor of Object.keys(groupsOf) as Actor[]) {
        Object.assign(backend.users, { [actor]: await backend.newUser({ email: `${actor}@example.com`, groups: groupsOf[actor] }) });
      }
    } catch (failure) {
      await backend.stop();
      throw failure;
    }
    return backend;
  }

  get apiUrl(): string {
    return this.#local.apiUrl;
  }

  /** The time that the backend lives in. */
  get clock(): Clock {
    return this.#local.clock;
  }

  /** Requests to AWS so far, by `service:Operation`. */
  traffic(): Readonly<Record<string, Traffic>> {
    return this.#local.counts();
  }

  get userPoolId(): string {
    return this.#local.outputs[outputs.userPoolId] ?? '';
  }

  /** A request of nobody, unless the call brings a token. */
  asGuest(call: ApiCall): Promise<ApiAnswer> {
    return callApi(this.apiUrl, call);
  }

  as(actor: Actor, call: ApiCall): Promise<ApiAnswer> {
    return callApi(this.apiUrl, { ...call, token: this.users[actor].accessToken });
  }

  /** Creates a record of this user's. */
  async create(actor: Actor, model: string, body: object): Promise<Rec> {
    const answer = await this.as(actor, { method: 'POST', path: `/data/${model}`, body });
    expect(answer).toMatchObject({ status: 201 });
    return answer.json as Rec;
  }

  /** Everything that is stored, as one text. */
  async state(): Promise<string> {
    return JSON.stringify(await this.#local.dump(), null, 1);
  }

  /** Runs refused requests, and checks that nothing that is stored has changed. */
  async changesNothing(run: () => Promise<void>): Promise<void> {
    const before = await this.state();
    await run();
    expect(await this.state()).toBe(before);
  }

  async logIn({ id, email, password: secret }: Pick<CasesUser, 'id' | 'email' | 'password'>): Promise<CasesUser> {
    const answer = await this.asGuest({ method: 'POST', path: '/auth/login', body: { email, password: secret } });
    expect(answer).toMatchObject({ status: 200, json: { tokenType: 'Bearer' } });
    const { accessToken, idToken, refreshToken } = answer.json as CasesUser;
    return { id, email, password: secret, accessToken, idToken, refreshToken };
  }

  /** An account that is confirmed and logged in. */
  async newUser({ email = `user-${crypto.randomUUID()}@example.com`, groups = [] as readonly string[] } = {}): Promise<CasesUser> {
    const named = { UserPoolId: this.userPoolId, Username: email };
    const attributes = [
      { Name: 'email', Value: email },
      { Name: 'email_verified', Value: 'true' },
    ];
    const { User } = await this.#cognito.send(
      new AdminCreateUserCommand({ ...named, MessageAction: 'SUPPRESS', UserAttributes: attributes }),
    );
    await this.#cognito.send(new AdminSetUserPasswordCommand({ ...named, Password: password, Permanent: true }));
    for (const group of groups) await this.#cognito.send(new AdminAddUserToGroupCommand({ ...named, GroupName: group }));
    const id = User?.Attributes?.find(({ Name }) => Name === 'sub')?.Value ?? '';
    return this.logIn({ id, email, password });
  }

  /** A member of a group that the definition does not have. */
  async memberOf(group: string): Promise<CasesUser> {
    await this.#cognito.send(new CreateGroupCommand({ UserPoolId: this.userPoolId, GroupName: group }));
    return this.newUser({ groups: [group] });
  }

  /** What Cognito lets a user do with the own access token, past the API. */
  async updateOwnAttribute(actor: Actor, name: string, value: string): Promise<void> {
    const command = new UpdateUserAttributesCommand({
      AccessToken: this.users[actor].accessToken,
      UserAttributes: [{ Name: name, Value: value }],
    });
    await this.#cognito.send(command);
  }

  /** The newest code that was sent to this address. */
  codeFor(email: string): string {
    return this.#local.inbox.list(email).find(({ code }) => code !== undefined)?.code ?? '';
  }

  /** The newest mail to this address. */
  mailTo(email: string): string {
    return this.#local.inbox.list(email)[0]?.body ?? '';
  }

  /** The password of an invitation. */
  invitedPassword(email: string): string {
    const body = this.#local.inbox.list(email)[0]?.body ?? '';
    return /password(?: is)?:? (\S+?)\.?(?:\s|<|$)/i.exec(body)?.[1] ?? '';
  }

  /** How often something asked for the keys of a user pool. */
  keySetFetches(): number {
    return this.#local.counts()['cognito-idp:GET']?.requests ?? 0;
  }

  /** All that was logged. */
  logText(): string {
    return this.#log.join('\n');
  }

  async stop(): Promise<void> {
    this.#cognito.destroy();
    await this.#local.dispose();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Starts a backend of its own for one file of cases. */
export const startCases = (app: TestApp = casesApp): Promise<CasesBackend> => CasesBackend.start(app);
