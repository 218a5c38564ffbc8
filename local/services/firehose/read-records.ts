import { AwsError } from '../service.ts';

/** "Amazon Data Firehose Quota": records and bytes of a request, bytes of a record. */
const MAX_RECORDS = 500;
const MAX_REQUEST_BYTES = 4 * 1_048_576;
const MAX_RECORD_BYTES = 1_024_000;

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const invalid = (message: string): AwsError => new AwsError('InvalidArgumentException', message);

const dataOf = (record: unknown): string => {
  const data: unknown = Object(record).Data;
  if (typeof data !== 'string' || !BASE64.test(data)) throw new AwsError('SerializationException', 'Data of a record is no base64.');
  if (Buffer.byteLength(data, 'base64') > MAX_RECORD_BYTES) throw invalid(`A record is larger than ${MAX_RECORD_BYTES} bytes.`);
  return data;
};

/**
 * The records of a request, base64.
 *
 * @throws AwsError `InvalidArgumentException`, `SerializationException`
 */
export const readRecords = (records: unknown): readonly string[] => {
  if (!Array.isArray(records) || records.length === 0 || records.length > MAX_RECORDS)
    throw invalid(`Records must have 1 to ${MAX_RECORDS} members.`);
  const data = records.map(dataOf);
  const bytes = data.reduce((sum, each) => sum + Buffer.byteLength(each, 'base64'), 0);
  if (bytes > MAX_REQUEST_BYTES) throw invalid(`The records have ${bytes} bytes, and ${MAX_REQUEST_BYTES} are allowed.`);
  return data;
};
