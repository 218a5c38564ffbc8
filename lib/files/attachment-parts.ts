import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { CompiledFiles } from '../../contracts/compiled.ts';
import { variables } from '../../contracts/variables.ts';
import type { FunctionParts } from '../api/function-parts.ts';
import type { FollowedTable } from './create-removals.ts';
import { objectsOf } from './files-grants.ts';
import { foldersModule } from './files-module.ts';
import { restrictFolders } from './restrict-folders.ts';

/** What other features need of files that they send on. */
export interface AttachmentParts {
  /** To find bytes as callers may read them, with `lambdas/files/find-bytes.ts` in the bundle. */
  readonly finding: FunctionParts;
  /** To read what was found. */
  readonly reading: Omit<FunctionParts, 'modules'>;
}

interface AttachmentSources {
  readonly definition: CompiledFiles;
  readonly table: ITable;
  readonly bucket: IBucket;
  readonly records: readonly FollowedTable[];
}

/**
 * What it takes to send on the files of these folders.
 *
 * @throws Error for folders that are not there
 */
export const attachmentParts = ({ definition, table, bucket, records }: AttachmentSources, folders: readonly string[]): AttachmentParts => {
  const part = restrictFolders(definition, folders);
  const followed = records.filter(({ model }) => Object.hasOwn(part.models, model));
  const tables = [table, ...followed.map((record) => record.table)].map(({ tableArn }) => tableArn);
  return {
    finding: {
      environment: {
        [variables.filesTable]: table.tableName,
        ...Object.fromEntries(followed.map((record) => [record.variable, record.table.tableName])),
      },
      grants: [{ actions: ['dynamodb:GetItem'], resources: tables }],
      modules: { '@compiled/files': foldersModule(part) },
    },
    reading: {
      environment: { [variables.filesBucket]: bucket.bucketName },
      grants: [{ actions: ['s3:GetObject'], resources: objectsOf(bucket, Object.values(part.folders)) }],
    },
  };
};
