import type { ResolvedResource } from '../service.ts';

/** A stream that writes to a bucket. */
export interface DeliveryStream {
  readonly name: string;
  readonly arn: string;
  readonly bucketName: string;
  readonly roleArn: string;
  readonly prefix: string;
  readonly gzip: boolean;
  /** Ends each record with a line feed. */
  readonly appendsDelimiter: boolean;
  /** Keeps records encrypted until they are in the bucket: answers say so. */
  readonly encrypted: boolean;
  readonly bufferBytes: number;
  readonly bufferMs: number;
}

/** BufferingHints, "BufferingHints" of the API reference. */
const DEFAULT_BUFFER_MB = 5;
const DEFAULT_BUFFER_SECONDS = 300;

const read = ({ ref, attributes, properties }: ResolvedResource): DeliveryStream => {
  const destination = Object(properties['ExtendedS3DestinationConfiguration'] ?? properties['S3DestinationConfiguration']);
  const { BucketARN, RoleARN, Prefix = '', CompressionFormat = 'UNCOMPRESSED', BufferingHints } = destination;
  if (typeof BucketARN !== 'string' || typeof RoleARN !== 'string')
    throw new Error(`the delivery stream ${ref} has no bucket: local mode runs streams to S3 only`);
  if (CompressionFormat !== 'GZIP' && CompressionFormat !== 'UNCOMPRESSED')
    throw new Error(`the delivery stream ${ref} compresses by ${CompressionFormat}: local mode knows GZIP and UNCOMPRESSED`);
  const { SizeInMBs = DEFAULT_BUFFER_MB, IntervalInSeconds = DEFAULT_BUFFER_SECONDS } = Object(BufferingHints);
  const { Enabled, Processors = [] } = Object(destination.ProcessingConfiguration);
  const processors = Enabled === true ? (Processors as readonly { readonly Type: string }[]) : [];
  const unknown = processors.find(({ Type }) => Type !== 'AppendDelimiterToRecord');
  if (unknown !== undefined) throw new Error(`the delivery stream ${ref} has the processor ${unknown.Type}, which local mode does not run`);
  return {
    name: ref,
    arn: attributes['Arn'] ?? '',
    bucketName: BucketARN.split(':::')[1] ?? '',
    roleArn: RoleARN,
    prefix: String(Prefix),
    gzip: CompressionFormat === 'GZIP',
    appendsDelimiter: processors.length > 0,
    encrypted: properties['DeliveryStreamEncryptionConfigurationInput'] !== undefined,
    bufferBytes: Number(SizeInMBs) * 1_048_576,
    bufferMs: Number(IntervalInSeconds) * 1_000,
  };
};

/** The delivery streams of the template by name. @throws Error for those that local mode cannot run */
export const readDeliveryStreams = (resources: readonly ResolvedResource[]): ReadonlyMap<string, DeliveryStream> =>
  new Map(resources.map((resource) => [resource.ref, read(resource)]));
