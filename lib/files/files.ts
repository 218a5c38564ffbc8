import { Annotations } from 'aws-cdk-lib';
import type { Distribution } from 'aws-cdk-lib/aws-cloudfront';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { FilesOptions, Folders } from '../../contracts/backend.ts';
import type { CompiledFiles, CompiledModel } from '../../contracts/compiled.ts';
import { filesRoutes } from '../../contracts/files.ts';
import { variables } from '../../contracts/variables.ts';
import type { Api } from '../api/api.ts';
import { eventStreams } from '../api/bundle-function.ts';
import type { Grant } from '../api/create-role.ts';
import { FeatureFunction, type FunctionOptions } from '../api/feature-function.ts';
import type { FunctionParts, FunctionPartsOptions } from '../api/function-parts.ts';
import { lambdaEntry } from '../api/lambda-entry.ts';
import type { AuthSource } from '../auth-source.ts';
import type { DeletionSource } from '../deleted-users.ts';
import type { Stage } from '../stage.ts';
import { type AttachmentParts, attachmentParts } from './attachment-parts.ts';
import { compileFolders } from './compile-folders.ts';
import { type Arrivals, createArrivals } from './create-arrivals.ts';
import { createBucket } from './create-bucket.ts';
import { createDeletedUsers } from './create-deleted-users.ts';
import { type CdnOptions, createDistribution } from './create-distribution.ts';
import { createFilesTable } from './create-files-table.ts';
import { createLinkKey, type LinkKey } from './create-link-key.ts';
import { createRemovals, type FollowedTable, type Removals } from './create-removals.ts';
import { createSweeper, type Sweeper } from './create-sweeper.ts';
import { createVariants, type Variants } from './create-variants.ts';
import { emptyOnDelete } from './empty-on-delete.ts';
import { arrivalGrants, type FilesUses, filesGrants, filesOperations, sweeperGrants, variantGrants, withVariants } from './files-grants.ts';
import { filesModule, filesReplySchemas, filesRequestSchemas, foldersModule } from './files-module.ts';
import { createMalwareProtection } from './malware-protection.ts';
import { restrictFolders } from './restrict-folders.ts';

/** The records that folders may follow. A `Data` is one. */
export interface RecordSource {
  readonly models: Readonly<Record<string, CompiledModel>>;
  readonly tables: Readonly<Record<string, ITable>>;
}

export interface FilesProps<F extends Folders = Folders> extends FilesOptions<F>, FunctionOptions {
  /** The API that gets the routes `/files/*`. */
  readonly api: Api;
  /** Whose access tokens count, and which groups there are: an `Auth`, or a user pool and client of your own. */
  readonly auth: AuthSource;
  /** The records that paths may name: a `Data`. @default - no path names a record */
  readonly records?: RecordSource;
  /** A bucket of your own. Its settings stay yours; it gets notifications and a policy. @default - a new one is made */
  readonly bucket?: IBucket;
  /** A table of your own, as docs/files.md describes it. @default - a new one is made */
  readonly table?: ITable;
  /** How files are served. @default - a domain of CloudFront, North America and Europe */
  readonly cdn?: CdnOptions;
  /** The origins whose pages may upload and read files. @default those of the API */
  readonly corsOrigins?: readonly string[];
  /**
   * Raise it to change the key that signs links. Links signed with the key before stay good. CloudFront needs some minutes to know
   * the new key, and refuses new links until then. @default 1
   */
  readonly linkKeyVersion?: number;
  /** Variants that are made at one moment at most. They are taken from the concurrency of the account. @default - no bound of its own */
  readonly variantsConcurrency?: number;
  /** @default that of the API */
  readonly stage?: Stage;
}

/**
 * Files in folders with rules: uploads, lists, links, image variants at `/files/<folder>`. Bytes go between clients and S3, and from
 * CloudFront to clients.
 *
 * @example
 * ```ts
 * const files = new Files(this, 'Files', { api, auth, records: data, folders: { avatars, attachments } });
 * files.bucket.grantRead(reporting);
 * ```
 */
export class Files<F extends Folders = Folders> extends Construct {
  /** What the handlers know of the folders. */
  readonly definition: CompiledFiles;
  readonly bucket: IBucket;
  /** A file an item, and a user's usage an item. */
  readonly table: ITable;
  readonly distribution: Distribution;
  /** Where files are served, without a slash at the end. */
  readonly cdnUrl: string;
  /** The function behind `/files/*`. */
  readonly files: FeatureFunction;
  /** Looks at files that arrive. */
  readonly arrivals: Arrivals;
  /** Deletes bytes that no file refers to. */
  readonly sweeper: Sweeper;
  /** Deletes the files of deleted records. Undefined if no folder follows any. */
  readonly removals: Removals | undefined;
  /** Makes image variants. Undefined if no folder has any. */
  readonly variants: Variants | undefined;

  private readonly linkKey: LinkKey;
  private readonly options: FunctionOptions & { readonly stage: Stage };
  /** The tables of the records that folders follow. */
  private readonly records: readonly FollowedTable[];

  /** The folders by name. */
  get folders(): CompiledFiles['folders'] {
    return this.definition.folders;
  }

  /** @throws Error for every mistake in the folders; it names the prop, shows the value and says what to do */
  constructor(scope: Construct, id: string, props: FilesProps<F>) {
    super(scope, id);
    const stage = props.stage ?? props.api.stage;
    this.options = { ...functionOptions(props), stage };
    const corsOrigins = props.corsOrigins ?? props.api.corsOrigins;
    this.definition = this.compile(props);
    const folders = Object.values(this.definition.folders);
    this.bucket = props.bucket ?? this.createBucket(props, corsOrigins, stage);
    this.table = props.table ?? createFilesTable(this, stage);
    this.records = this.recordTables(props);
    this.linkKey = createLinkKey(this, { ...functionOptions(props), version: props.linkKeyVersion ?? 1, stage });
    this.variants = withVariants(folders).length === 0 ? undefined : this.createVariants(props, stage);
    const cdn = props.cdn ?? {};
    this.distribution = createDistribution(this, {
      bucket: this.bucket,
      folders,
      keyGroup: this.linkKey.keyGroup,
      variantsUrl: this.variants?.url,
      corsOrigins,
      cdn,
    });
    this.cdnUrl = `https://${cdn.domainNames?.[0] ?? this.distribution.distributionDomainName}`;
    this.files = this.createFiles(props, stage);
    this.arrivals = this.createArrivals(props, stage);
    this.sweeper = this.createSweeper(props, stage);
    this.removals = this.createRemovals(props, stage);
    if (this.definition.malwareProtection) {
      const readers = this.variants === undefined ? [] : [this.variants.function.role];
      createMalwareProtection(this, { bucket: this.bucket, folders, readers });
    }
    props.api.addRoutes('Files', filesRoutes, this.files.function);
    props.api.describe({ requests: filesRequestSchemas(), replies: filesReplySchemas() });
  }

  private compile(props: FilesProps<F>): CompiledFiles {
    const { quotaBytes, linkSeconds, malwareProtection } = props;
    const { files, warnings } = compileFolders(props.folders, {
      quotaBytes,
      linkSeconds,
      malwareProtection,
      groups: props.auth.groups,
      models: props.records?.models ?? {},
    });
    for (const warning of warnings) Annotations.of(this).addWarningV2('plinth:folders', warning);
    return files;
  }

  /** The tables of the records that folders follow, by the variables that hold their names. */
  private recordTables({ records }: FilesProps<F>): readonly FollowedTable[] {
    return Object.values(this.definition.models).map(({ name, tableVariable }) => {
      const table = records?.tables[name];
      if (table === undefined) throw new Error(`records.tables has no table of ${name}, whose records a folder follows: add it`);
      return { model: name, variable: tableVariable, table };
    });
  }

  /** What the function behind the API, and functions that do the same inside of themselves, are told. */
  private environment(definition: CompiledFiles): Readonly<Record<string, string>> {
    const { publicKey, secretArn } = this.linkKey;
    const records = this.records.filter(({ model }) => Object.hasOwn(definition.models, model));
    return {
      [variables.filesTable]: this.table.tableName,
      [variables.filesBucket]: this.bucket.bucketName,
      [variables.cdnUrl]: this.cdnUrl,
      [variables.linkKeyId]: publicKey.publicKeyId,
      [variables.linkKeySecret]: secretArn,
      ...Object.fromEntries(records.map(({ variable, table }) => [variable, table.tableName])),
    };
  }

  private grants(uses: FilesUses, records: readonly FollowedTable[]): readonly Grant[] {
    const { table, bucket, definition, linkKey } = this;
    const tables = records.map((record) => record.table);
    return filesGrants({ table, bucket, folders: Object.values(definition.folders), records: tables, secretArn: linkKey.secretArn }, uses);
  }

  /**
   * What a function needs for these operations on the files of these folders, with `lambdas/files/in-process.ts` in its bundle. To
   * it, other folders are not there.
   *
   * @throws Error for folders that are not there
   */
  functionParts(operations: FilesUses, { asCaller = false }: FunctionPartsOptions = {}): FunctionParts {
    const part = restrictFolders(this.definition, Object.keys(operations));
    const records = this.records.filter(({ model }) => asCaller && Object.hasOwn(part.models, model));
    return {
      environment: this.environment(part),
      grants: this.grants(operations, records),
      modules: { '@compiled/files': filesModule(part) },
    };
  }

  /**
   * Has users forgotten when their accounts are deleted: uploads that are on their way, files of folders with `onUserDelete: 'delete'`,
   * and the usage of those who keep nothing then.
   */
  forgetUsers(events: DeletionSource): FeatureFunction {
    const modules = { '@compiled/files': foldersModule(this.definition) };
    return createDeletedUsers(this, events, { ...this.options, modules, table: this.table });
  }

  /** What other features need to send on files of these folders, as e-mail does. */
  attachmentParts(folders: readonly string[]): AttachmentParts {
    const { definition, table, bucket, records } = this;
    return attachmentParts({ definition, table, bucket, records }, folders);
  }

  private createFiles(props: FilesProps<F>, stage: Stage): FeatureFunction {
    const all = Object.fromEntries(Object.keys(this.definition.folders).map((name) => [name, filesOperations]));
    const files = new FeatureFunction(this, 'Function', {
      ...functionOptions(props),
      description: 'Plinth: files',
      entry: lambdaEntry('files/handler.ts'),
      unusedModules: [eventStreams],
      modules: { '@compiled/files': filesModule(this.definition) },
      environment: {
        [variables.userPoolId]: props.auth.userPool.userPoolId,
        [variables.userPoolClientId]: props.auth.userPoolClient.userPoolClientId,
        [variables.adminGroup]: props.auth.adminGroup,
        ...this.environment(this.definition),
      },
      grants: this.grants(all, this.records),
      stage,
    });
    // It signs with a key only once CloudFront has been told of it.
    files.function.node.addDependency(this.linkKey.keyGroup);
    return files;
  }

  private createBucket(props: FilesProps<F>, corsOrigins: readonly string[], stage: Stage): IBucket {
    const bucket = createBucket(this, corsOrigins, stage);
    if (stage !== 'production') emptyOnDelete(this, bucket, { ...functionOptions(props), stage });
    return bucket;
  }

  /** What the functions that answer no requests have in common. */
  private background(stage: Stage) {
    return {
      stage,
      modules: { '@compiled/files': foldersModule(this.definition) },
      environment: {
        [variables.filesTable]: this.table.tableName,
        [variables.filesBucket]: this.bucket.bucketName,
        [variables.distributionId]: this.distribution.distributionId,
      },
    };
  }

  private createArrivals(props: FilesProps<F>, stage: Stage): Arrivals {
    const { bucket, table, definition, distribution } = this;
    const grants = arrivalGrants({ table, bucket, folders: Object.values(definition.folders) }, distribution.distributionArn);
    return createArrivals(this, { ...functionOptions(props), ...this.background(stage), bucket, definition, grants });
  }

  private createSweeper(props: FilesProps<F>, stage: Stage): Sweeper {
    const { bucket, table, distribution } = this;
    return createSweeper(this, {
      ...functionOptions(props),
      ...this.background(stage),
      table,
      grants: sweeperGrants({ table, bucket, folders: Object.values(this.definition.folders) }, distribution.distributionArn),
    });
  }

  private createRemovals(props: FilesProps<F>, stage: Stage): Removals | undefined {
    const { modules } = this.background(stage);
    const environment = { [variables.filesTable]: this.table.tableName };
    return createRemovals(this, { ...functionOptions(props), stage, modules, environment, table: this.table, followed: this.records });
  }

  private createVariants({ logRetention, tracing, variantsConcurrency }: FilesProps<F>, stage: Stage): Variants {
    return createVariants(this, {
      logRetention,
      tracing,
      reservedConcurrency: variantsConcurrency,
      stage,
      modules: { '@compiled/files': foldersModule(this.definition) },
      environment: { [variables.filesBucket]: this.bucket.bucketName },
      grants: variantGrants(this.bucket, Object.values(this.definition.folders)),
    });
  }
}

const functionOptions = ({ memorySizeMb, logRetention, tracing }: FunctionOptions): FunctionOptions => ({
  memorySizeMb,
  logRetention,
  tracing,
});
