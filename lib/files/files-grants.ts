import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { CompiledFolder } from '../../contracts/compiled.ts';
import { filesTable, variantsPrefix } from '../../contracts/files-table.ts';
import type { Grant } from '../api/create-role.ts';

/** The objects of these folders. */
export const objectsOf = (bucket: IBucket, folders: readonly CompiledFolder[]): readonly string[] =>
  folders.map(({ prefix }) => bucket.arnForObjects(`${prefix}*`));

/** The variants of the images of these folders. */
export const variantsOf = (bucket: IBucket, folders: readonly CompiledFolder[]): readonly string[] =>
  folders.map(({ prefix }) => bucket.arnForObjects(`${variantsPrefix}${prefix}*`));

export const withVariants = (folders: readonly CompiledFolder[]): readonly CompiledFolder[] =>
  folders.filter(({ variants }) => Object.keys(variants).length > 0);

/** What can be done with the files of a folder. */
export const filesOperations = ['read', 'write', 'delete'] as const;
export type FilesUse = (typeof filesOperations)[number];

/** What is to be done with the files of which folders. */
export type FilesUses = Readonly<Record<string, readonly FilesUse[]>>;

/** On the table of files: rows, quotas, idempotency keys, reminders, and the key of cursors. */
const tableActions: Readonly<Record<FilesUse, readonly string[]>> = {
  read: ['GetItem', 'PutItem'],
  write: ['BatchGetItem', 'DeleteItem', 'GetItem', 'PutItem', 'UpdateItem'],
  delete: ['DeleteItem', 'GetItem', 'UpdateItem'],
};
/** Of bytes that are sent, or copied. Links need none of them: CloudFront reads by its own policy. */
const objectActions = ['AbortMultipartUpload', 'GetObject', 'ListMultipartUploadParts', 'PutObject'];

/** What the function behind the API works on. */
export interface ApiGrants {
  readonly table: ITable;
  readonly bucket: IBucket;
  readonly folders: readonly CompiledFolder[];
  /** The tables of the records that folders follow. */
  readonly records: readonly ITable[];
  /** Of the key that signs links. */
  readonly secretArn: string;
}

/** Exactly what these operations do: who hands out what clients then do with S3 must be allowed that itself. */
export const filesGrants = ({ table, bucket, folders, records, secretArn }: ApiGrants, uses: FilesUses): readonly Grant[] => {
  const usedFor = (use: FilesUse): readonly CompiledFolder[] => folders.filter(({ name }) => uses[name]?.includes(use) === true);
  const actions = new Set(Object.values(uses).flatMap((own) => own.flatMap((use) => tableActions[use])));
  const [read, written] = [usedFor('read'), usedFor('write')];
  const indexes = [filesTable.byPlace, filesTable.byOwner].map(({ name }) => `${table.tableArn}/index/${name}`);
  return [
    { actions: [...actions].sort().map((action) => `dynamodb:${action}`), resources: [table.tableArn] },
    ...(read.length > 0 ? [{ actions: ['dynamodb:Query'], resources: indexes }] : []),
    ...(written.length > 0 ? [{ actions: objectActions.map((action) => `s3:${action}`), resources: objectsOf(bucket, written) }] : []),
    ...(read.length > 0 ? [{ actions: ['secretsmanager:GetSecretValue'], resources: [secretArn] }] : []),
    ...(records.length > 0 ? [{ actions: ['dynamodb:GetItem'], resources: records.map(({ tableArn }) => tableArn) }] : []),
  ];
};

/** What the functions beside the API work on. */
export interface BytesGrants {
  readonly table: ITable;
  readonly bucket: IBucket;
  readonly folders: readonly CompiledFolder[];
}

/** To remove objects with their variants, and what the CDN keeps of them. */
const removalGrants = ({ bucket, folders }: BytesGrants, distributionArn: string): readonly Grant[] => [
  { actions: ['s3:DeleteObject'], resources: [...objectsOf(bucket, folders), ...variantsOf(bucket, folders)] },
  { actions: ['s3:ListBucket'], resources: [bucket.bucketArn], conditions: { StringLike: { 's3:prefix': `${variantsPrefix}*` } } },
  ...(folders.some(({ isPublic }) => isPublic) ? [{ actions: ['cloudfront:CreateInvalidation'], resources: [distributionArn] }] : []),
];

/** What the function that looks at arrivals may do. */
export const arrivalGrants = (on: BytesGrants, distributionArn: string): readonly Grant[] => [
  { actions: ['dynamodb:GetItem', 'dynamodb:UpdateItem'], resources: [on.table.tableArn] },
  { actions: ['s3:GetObject'], resources: objectsOf(on.bucket, on.folders) },
  ...removalGrants(on, distributionArn),
];

/** What the function that deletes leftovers may do. */
export const sweeperGrants = (on: BytesGrants, distributionArn: string): readonly Grant[] => [
  { actions: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'], resources: [on.table.tableArn] },
  { actions: ['s3:AbortMultipartUpload'], resources: objectsOf(on.bucket, on.folders) },
  ...removalGrants(on, distributionArn),
];

/** What the function of variants may do: read images of folders that have variants, and write those. */
export const variantGrants = (bucket: IBucket, folders: readonly CompiledFolder[]): readonly Grant[] => [
  { actions: ['s3:GetObject'], resources: objectsOf(bucket, withVariants(folders)) },
  { actions: ['s3:DeleteObject', 's3:PutObject'], resources: variantsOf(bucket, withVariants(folders)) },
];

/** What the function may do that forgets deleted users. */
export const deletedUsersGrants = ({ tableArn }: ITable): readonly Grant[] => [
  { actions: ['dynamodb:Query'], resources: [`${tableArn}/index/${filesTable.byOwner.name}`] },
  { actions: ['dynamodb:DeleteItem', 'dynamodb:UpdateItem'], resources: [tableArn] },
];
