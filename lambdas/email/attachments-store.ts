import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { variables } from '../../contracts/variables.ts';
import { requiredVariable } from '../runtime/environment.ts';

const Bucket = requiredVariable(variables.filesBucket);
const client = new S3Client({
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
});

/** Who may not list a bucket gets AccessDenied for what is not there ("GetObject", Permissions). */
const gone: ReadonlySet<string> = new Set(['NoSuchKey', 'AccessDenied']);

/** Reads the bytes of a file. Undefined: they are gone. */
export const readBytes = async (Key: string): Promise<Uint8Array | undefined> => {
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
    return await Body?.transformToByteArray();
  } catch (error) {
    if (error instanceof Error && gone.has(error.name)) return undefined;
    throw error;
  }
};
