import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { variables } from '../../contracts/variables.ts';
import { eventStreams } from '../api/bundle-function.ts';
import type { FeatureFunction, FeatureFunctionProps } from '../api/feature-function.ts';
import { lambdaEntry } from '../api/lambda-entry.ts';
import { type DeletionSource, forgetDeletedUsers } from '../deleted-users.ts';
import { deletedUsersGrants } from './files-grants.ts';

export interface DeletedUsersProps extends Pick<FeatureFunctionProps, 'modules' | 'memorySizeMb' | 'logRetention' | 'tracing' | 'stage'> {
  /** The table of files. */
  readonly table: ITable;
}

/** The function that forgets deleted users. */
export const createDeletedUsers = (scope: Construct, events: DeletionSource, { table, ...options }: DeletedUsersProps): FeatureFunction =>
  forgetDeletedUsers(scope, 'FilesOfDeletedUsers', events, {
    ...options,
    resumes: true,
    description: 'Plinth: deletes files of deleted users, and what they have not sent',
    entry: lambdaEntry('files/deleted-users-handler.ts'),
    unusedModules: [eventStreams],
    environment: { [variables.filesTable]: table.tableName },
    grants: deletedUsersGrants(table),
  });
