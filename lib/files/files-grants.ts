import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { CompiledFolder } from '../../contracts/compiled.ts';
import { filesTable, variantsPrefix } from '../../contracts/files-table.ts';
import type { Grant } from '../api/feature-function.ts';

/** The objects of these folders. */
export const objectsOf = (bucket: IBucket, folders: readonly CompiledFolder[]): readonly string[] =>
  folders.map(({ prefix }) => bucket.arnForObjects(`${prefix}*`));

/** The variants of the images of these folders. */
export const variantsOf = (bucket: IBucket, folders: readonly CompiledFolder[]): readonly string[] =>
  folders.map(({ prefix }) => bucket.arnForObjects(`${variantsPrefix}${prefix}*`));

export const withVariants = (folders: readonly CompiledFolder[]): readonly CompiledFolder[] =>
  folders.filter(({ variants }) => Object.keys(variants).length > 0);

/** What the function behind the API works on. */
export interface ApiGrants {
  readonly table: ITable;
  readonly bucket: IBucket;
  readonly folders: readonly CompiledFolder[];
  /** The tables of the records that folders follow. */
  readonly records: readonly ITable[];
  readonly secretArn: string;
}

/** What the function behind the API may do: it hands out what clients then do with S3, so it must be allowed that itself. */
export const apiGrants = ({ table, bucket, folders, records, secretArn }: ApiGrants): readonly Grant[] => [
  {
    actions: ['DeleteItem', 'GetItem', 'PutItem', 'UpdateItem'].map((action) => `dynamodb:${action}`),
    resources: [table.tableArn],
  },
  {
    actions: ['dynamodb:Query'],
    resources: [filesTable.byPlace, filesTable.byOwner].map(({ name }) => `${table.tableArn}/index/${name}`),
  },
  {
    actions: ['AbortMultipartUpload', 'GetObject', 'ListMultipartUploadParts', 'PutObject'].map((action) => `s3:${action}`),
    resources: objectsOf(bucket, folders),
  },
  { actions: ['secretsmanager:GetSecretValue'], resources: [secretArn] },
  ...(records.length > 0 ? [{ actions: ['dynamodb:GetItem'], resources: records.map(({ tableArn }) => tableArn) }] : []),
];
