import { getBucketLocation, getBucketTagging, getBucketVersioning, headBucket } from './operations/bucket-operations.ts';
import { completeMultipartUpload } from './operations/complete-multipart-upload.ts';
import { copyObject } from './operations/copy-object.ts';
import { deleteObject, deleteObjects } from './operations/delete-object.ts';
import { getObject, headObject } from './operations/get-object.ts';
import { getObjectAttributes } from './operations/get-object-attributes.ts';
import { listObjects, listObjectsV2 } from './operations/list-objects.ts';
import { listMultipartUploads, listParts } from './operations/list-parts.ts';
import { listObjectVersions } from './operations/list-versions.ts';
import { abortMultipartUpload, createMultipartUpload, uploadPart, uploadPartCopy } from './operations/multipart-upload.ts';
import { postObject } from './operations/post-object.ts';
import { putObject } from './operations/put-object.ts';
import { deleteObjectTagging, getObjectTagging, putObjectTagging } from './operations/tagging.ts';
import type { S3Operation } from './s3-call.ts';

interface Route {
  readonly method: string;
  readonly level: 'bucket' | 'object';
  /** A parameter of the query that makes the difference. */
  readonly parameter?: string;
  /** A header that makes the difference. */
  readonly header?: string;
  readonly name: string;
  readonly run: S3Operation;
}

const object = (method: string, name: string, run: S3Operation, by: Pick<Route, 'parameter' | 'header'> = {}): Route => ({
  ...{ method, level: 'object', name, run },
  ...by,
});

const bucket = (method: string, name: string, run: S3Operation, by: Pick<Route, 'parameter'> = {}): Route => ({
  ...{ method, level: 'bucket', name, run },
  ...by,
});

const SOURCE = 'x-amz-copy-source';

/** The first that fits is taken. */
const routes: readonly Route[] = [
  object('PUT', 'UploadPartCopy', uploadPartCopy, { parameter: 'uploadId', header: SOURCE }),
  object('PUT', 'UploadPart', uploadPart, { parameter: 'uploadId' }),
  object('PUT', 'PutObjectTagging', putObjectTagging, { parameter: 'tagging' }),
  object('PUT', 'CopyObject', copyObject, { header: SOURCE }),
  object('PUT', 'PutObject', putObject),
  object('GET', 'ListParts', listParts, { parameter: 'uploadId' }),
  object('GET', 'GetObjectTagging', getObjectTagging, { parameter: 'tagging' }),
  object('GET', 'GetObjectAttributes', getObjectAttributes, { parameter: 'attributes' }),
  object('GET', 'GetObject', getObject),
  object('HEAD', 'HeadObject', headObject),
  object('DELETE', 'AbortMultipartUpload', abortMultipartUpload, { parameter: 'uploadId' }),
  object('DELETE', 'DeleteObjectTagging', deleteObjectTagging, { parameter: 'tagging' }),
  object('DELETE', 'DeleteObject', deleteObject),
  object('POST', 'CreateMultipartUpload', createMultipartUpload, { parameter: 'uploads' }),
  object('POST', 'CompleteMultipartUpload', completeMultipartUpload, { parameter: 'uploadId' }),
  bucket('GET', 'GetBucketLocation', getBucketLocation, { parameter: 'location' }),
  bucket('GET', 'GetBucketTagging', getBucketTagging, { parameter: 'tagging' }),
  bucket('GET', 'GetBucketVersioning', getBucketVersioning, { parameter: 'versioning' }),
  bucket('GET', 'ListMultipartUploads', listMultipartUploads, { parameter: 'uploads' }),
  bucket('GET', 'ListObjectVersions', listObjectVersions, { parameter: 'versions' }),
  bucket('GET', 'ListObjectsV2', listObjectsV2, { parameter: 'list-type' }),
  bucket('GET', 'ListObjects', listObjects),
  bucket('HEAD', 'HeadBucket', headBucket),
  bucket('POST', 'DeleteObjects', deleteObjects, { parameter: 'delete' }),
  bucket('POST', 'PostObject', postObject),
];

/** What S3 can do beyond this, by the parameter that asks for it. */
const elsewhere = [
  'acl',
  'policy',
  'cors',
  'lifecycle',
  'notification',
  'encryption',
  'website',
  'logging',
  'replication',
  'tagging',
].concat(
  ['publicAccessBlock', 'ownershipControls', 'policyStatus', 'requestPayment', 'accelerate', 'inventory', 'metrics', 'analytics'],
  ['object-lock', 'retention', 'legal-hold', 'torrent', 'restore', 'select', 'versioning'],
);

export interface FoundRoute {
  readonly name: string;
  readonly run: S3Operation;
}

/** Undefined: local mode has no such operation. */
export function findRoute(
  method: string,
  key: string,
  { query, headers }: { query: URLSearchParams; headers: Readonly<Record<string, string>> },
): FoundRoute | undefined {
  const level = key === '' ? 'bucket' : 'object';
  const route = routes.find(
    (one) =>
      one.method === method &&
      one.level === level &&
      (one.parameter === undefined || query.has(one.parameter)) &&
      (one.header === undefined || headers[one.header] !== undefined),
  );
  const unknown = route !== undefined && route.parameter === undefined && elsewhere.some((name) => query.has(name));
  return unknown ? undefined : route;
}
