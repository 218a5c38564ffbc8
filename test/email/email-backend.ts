import { type LocalBackend, type LocalOptions, startLocal } from '../../local/local-backend.ts';
import { newPerson, type Person } from '../data/relations-backend.ts';
import { cachedAssembly } from '../support/cached-assembly.ts';
import { type ApiAnswer, type ApiCall, callApi } from '../support/call-api.ts';
import { until } from '../support/until.ts';
import type { EmailAppSettings } from './email-app.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape
export type Body = any;
/** An answer whose body the test knows the shape of. */
export interface EmailAnswer extends ApiAnswer {
  readonly json: Body;
}

/** The backend of email-app.ts in local mode, over HTTP. */
export class EmailBackend {
  readonly local: LocalBackend;

  private constructor(local: LocalBackend) {
    this.local = local;
  }

  static async start(settings: EmailAppSettings = {}, options: Partial<LocalOptions> = {}): Promise<EmailBackend> {
    const app = 'test/email/email-app.ts';
    const assembly = cachedAssembly({ app, sources: [app, 'test/email/code', 'test/email/welcome.mjml'], settings });
    return new EmailBackend(await startLocal({ assembly, ...options }));
  }

  person(...groups: readonly string[]): Promise<Person> {
    return newPerson(this.local, groups);
  }

  call(who: Person | undefined, call: ApiCall): Promise<EmailAnswer> {
    return callApi(this.local.apiUrl, { ...call, token: who?.token });
  }

  send(who: Person | undefined, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<EmailAnswer> {
    return this.call(who, { method: 'POST', path: '/email/messages', body, headers });
  }

  /** A message once something has come of it at each recipient. */
  async settled(who: Person, id: string, isWanted = (status: string) => status !== 'queued'): Promise<Body> {
    const read = async (): Promise<Body> => (await this.call(who, { path: `/email/messages/${id}` })).json;
    return until(read, ({ deliveries = [] }) => deliveries.length > 0 && deliveries.every(({ status }: Body) => isWanted(status)));
  }

  /** All that the table of e-mail holds. */
  async stored(): Promise<readonly Body[]> {
    const { dynamodb } = (await this.local.dump()) as Body;
    const [, items] = Object.entries(dynamodb).find(([name]) => /Email/.test(name)) ?? [];
    return items as readonly Body[];
  }

  /** E-mails in the inbox, without those of accounts. */
  mails(to?: string): LocalBackend['inbox'] extends { list(to?: string): infer L } ? L : never {
    return this.local.inbox.list(to);
  }

  dispose(): Promise<void> {
    return this.local.dispose();
  }
}
