import type { Page } from '../contracts/data.ts';
import type { Delivery, SentMessage } from '../contracts/push.ts';
import { pushEndpoints as at } from './endpoints.ts';
import type { MessageQuery, PageQuery } from './push-types.ts';
import { expectObject, expectPage } from './read-answer.ts';
import type { CallOptions, Transport } from './transport.ts';

/**
 * The log of pushes, for members of the admin group. They send with `client.push.send`.
 *
 * @example
 * ```ts
 * const { items } = await client.admin.push.messages({ day: '2026-11-24' });
 * const { items: results } = await client.admin.push.deliveries(items[0].id);
 * ```
 */
export class MessagesClient {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** A page of the messages of a day, newest first. */
  async messages({ day, limit, cursor }: MessageQuery = {}, options?: CallOptions): Promise<Page<SentMessage>> {
    return expectPage(await this.#transport.send(at.listMessages, { query: { day, limit, cursor }, signal: options?.signal }));
  }

  /** A message, and what has come of it. */
  async message(id: string, options?: CallOptions): Promise<SentMessage> {
    return expectObject(await this.#transport.send(at.readMessage, { path: { id }, signal: options?.signal })) as unknown as SentMessage;
  }

  /** A page of a message's results by device. */
  async deliveries(id: string, { limit, cursor }: PageQuery = {}, options?: CallOptions): Promise<Page<Delivery>> {
    const call = { path: { id }, query: { limit, cursor }, signal: options?.signal };
    return expectPage(await this.#transport.send(at.listDeliveries, call));
  }

  /** Calls a message off that is to be sent later. */
  async cancel(id: string, options?: CallOptions): Promise<void> {
    await this.#transport.send(at.cancelMessage, { path: { id }, signal: options?.signal });
  }
}
