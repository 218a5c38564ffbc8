import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { ListQueuesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { objectKey, type StoredFile, usagePrefix } from '../../contracts/files-table.ts';
import { outputs } from '../../contracts/outputs.ts';
import { type LocalBackend, startLocal } from '../../local/local-backend.ts';
import { cachedAssembly, type TestApp } from '../support/cached-assembly.ts';

/** The owner of all files here. */
export const owner = '00000000-0000-4000-8000-000000000001';

/** A backend whose bucket, table and queue a test handles itself, to let things happen that no client can bring about. */
export class BytesBackend {
  readonly local: LocalBackend;
  readonly #rows: DynamoDBDocumentClient;
  readonly #s3: S3Client;
  readonly #sqs: SQSClient;

  private constructor(local: LocalBackend) {
    this.local = local;
    const { endpointUrl: endpoint, region, credentials } = local;
    this.#rows = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint, region, credentials }));
    this.#s3 = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
    this.#sqs = new SQSClient({ endpoint, region, credentials });
  }

  static async start(app: TestApp): Promise<BytesBackend> {
    return new BytesBackend(await startLocal({ assembly: cachedAssembly(app) }));
  }

  get bucket(): string {
    return this.local.outputs[outputs.filesBucketName] ?? '';
  }

  get #table(): string {
    return this.local.outputs[outputs.filesTableName] ?? '';
  }

  /** A file of the folder `papers` whose bytes are on their way, and the usage that goes with it. */
  async await(sizeBytes: number, type: string): Promise<StoredFile & { readonly upload: { readonly key: string } }> {
    const id = crypto.randomUUID();
    const now = new Date().toISOString();
    const upload = { key: objectKey(`papers/${owner}`, id, 'content1'), type, sizeBytes, expiresAt: now };
    const places = { folder: 'papers', place: 'papers', ownerPlace: `papers#${owner}` };
    const facts = { id, owner, name: 'a', type, sizeBytes, version: 1, createdAt: now, updatedAt: now };
    const file = { ...places, ...facts, status: 'pending' as const, upload };
    await this.putRow(file);
    await this.putRow({ id: `${usagePrefix}${owner}`, usedBytes: sizeBytes });
    return file;
  }

  async putRow(item: Readonly<Record<string, unknown>> | StoredFile): Promise<void> {
    await this.#rows.send(new PutCommand({ TableName: this.#table, Item: { ...item } }));
  }

  async row(id: string): Promise<Readonly<Record<string, unknown>> | undefined> {
    const { Item } = await this.#rows.send(new GetCommand({ TableName: this.#table, Key: { id }, ConsistentRead: true }));
    return Item;
  }

  async put(key: string, body: string | Uint8Array): Promise<void> {
    await this.#s3.send(new PutObjectCommand({ Bucket: this.bucket, Key: key, Body: body }));
  }

  async isStored(key: string): Promise<boolean> {
    return this.#s3.send(new HeadObjectCommand({ Bucket: this.bucket, Key: key })).then(
      () => true,
      () => false,
    );
  }

  /** Sends a message to the queue of arrivals. */
  async tell(message: string): Promise<void> {
    await this.#sqs.send(new SendMessageCommand({ QueueUrl: await this.queueUrl('ArrivalsWorkQueue'), MessageBody: message }));
  }

  /** What S3 tells of an object. */
  tellOf(key: string): Promise<void> {
    const record = { eventName: 'ObjectCreated:Post', s3: { bucket: { name: this.bucket }, object: { key: encodeURIComponent(key) } } };
    return this.tell(JSON.stringify({ Records: [record] }));
  }

  /** The bodies of the messages of a queue. */
  async messages(part: string): Promise<string> {
    const { sqs } = (await this.local.dump()) as { readonly sqs: Readonly<Record<string, unknown>> };
    return JSON.stringify(Object.entries(sqs).filter(([name]) => name.includes(part)));
  }

  async queueUrl(part: string): Promise<string> {
    const { QueueUrls = [] } = await this.#sqs.send(new ListQueuesCommand({}));
    return QueueUrls.find((url) => url.includes(part)) ?? '';
  }

  async stop(): Promise<void> {
    for (const client of [this.#rows, this.#s3, this.#sqs]) client.destroy();
    await this.local.dispose();
  }
}
