import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { constraintsTable } from '../contracts/key-encoding.ts';
import { type BackfillSubject, backfillKey } from '../lambdas/data/constraint-keys.ts';
import type { Attributes } from '../lambdas/runtime/stored-record.ts';
import type { DataTarget, ModelTarget } from './data-target.ts';

/** Says in the constraints table how far a backfill is: the API reads it, and a backfill that was stopped goes on from it. */
export class BackfillMarker {
  readonly #target: DataTarget;
  readonly #table: string;
  readonly #key: Record<string, string>;

  constructor(target: DataTarget, { model, constraints }: ModelTarget, subject: BackfillSubject | 'records', name: string) {
    this.#target = target;
    this.#table = constraints;
    const pk = subject === 'records' ? `B#${model.storedAs ?? model.name}#records` : backfillKey(model, subject, name);
    this.#key = { [constraintsTable.partitionKey]: pk };
  }

  /** Where to go on; undefined to begin anew. */
  async position(): Promise<Attributes | undefined> {
    const item = await this.#read();
    return item?.['state'] === 'running' ? (item['position'] as Attributes) : undefined;
  }

  /** Until {@link BackfillMarker.done}, the API knows that old records are missing. */
  async moveTo(position: Attributes): Promise<void> {
    await this.#put({ state: 'running', position });
  }

  async done(): Promise<void> {
    await this.#put({ state: 'done', doneAt: new Date().toISOString() });
  }

  async remove(): Promise<void> {
    await this.#target.client.send(new DeleteCommand({ TableName: this.#table, Key: this.#key }));
  }

  async isDone(): Promise<boolean> {
    return (await this.#read())?.['state'] === 'done';
  }

  async #read(): Promise<Attributes | undefined> {
    return (await this.#target.client.send(new GetCommand({ TableName: this.#table, Key: this.#key, ConsistentRead: true }))).Item;
  }

  async #put(state: Attributes): Promise<void> {
    await this.#target.client.send(new PutCommand({ TableName: this.#table, Item: { ...this.#key, ...state } }));
  }
}
