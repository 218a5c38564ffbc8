import type { Readable } from 'node:stream';
import type { Outbox } from '../outbox.ts';
import type { AwsResponse, LocalContext, Principal } from '../service.ts';
import type { SqliteDatabase } from '../sqlite-database.ts';
import type { Bucket } from './bucket.ts';
import type { Job } from './events/job.ts';
import type { BlobFolder } from './storage/blob-folder.ts';
import type { UploadStore } from './storage/upload-store.ts';
import type { VersionStore } from './storage/version-store.ts';

type Context = Readonly<Record<string, string | string[]>>;

/** What all operations of S3 work on. */
export interface S3Engine {
  readonly context: LocalContext;
  readonly buckets: ReadonlyMap<string, Bucket>;
  readonly database: SqliteDatabase;
  readonly blobs: BlobFolder;
  readonly versions: VersionStore;
  readonly uploads: UploadStore;
  /** What is still to be done about changes. */
  readonly outbox: Outbox<Job>;
}

/** A request to a bucket or an object, from somebody who is known. */
export interface S3Call {
  readonly engine: S3Engine;
  readonly requestId: string;
  readonly bucket: Bucket;
  /** Empty: the request is about the bucket. */
  readonly key: string;
  /** `/bucket/key`, or `/key` below the bucket's own name; percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case; those that a presigned URL holds are among them. */
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined: nobody's, or a service's. */
  readonly principal: Principal | undefined;
  /** Whether it came without credentials. */
  readonly anonymous: boolean;
  readonly body: () => Readable;
  /**
   * @param action for example `GetObject`
   * @param resourceArn the ARN of the call's object or, if it has no key, bucket by default
   * @throws AwsError `AccessDeniedException`
   */
  authorize(action: string, context?: Context, resourceArn?: string): void;
}

export type S3Operation = (call: S3Call) => Promise<AwsResponse> | AwsResponse;

export const objectArn = (bucket: Bucket, key: string): string => `${bucket.arn}/${key}`;

/** Whether the caller may do this, as a question. */
export function mayDo(call: S3Call, action: string, context?: Context, resourceArn?: string): boolean {
  try {
    call.authorize(action, context, resourceArn);
    return true;
  } catch {
    return false;
  }
}
