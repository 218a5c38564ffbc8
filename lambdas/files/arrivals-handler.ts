import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { RefusalReason } from '../../contracts/files.ts';
import { settleArrival } from './settle-arrival.ts';

/** An object and, where it was scanned, what came out. */
interface Arrival {
  readonly key: string;
  readonly verdict?: RefusalReason;
}

/** S3's own notification: "Event message structure", Amazon S3 User Guide. */
interface S3Notification {
  readonly Records?: readonly { readonly eventName: string; readonly s3: { readonly object: { readonly key: string } } }[];
}

/** "EventBridge notification for GuardDuty Malware Protection for S3", Amazon GuardDuty User Guide. */
interface ScanResult {
  readonly detail?: {
    readonly s3ObjectDetails?: { readonly objectKey: string };
    readonly scanResultDetails?: { readonly scanResultStatus: string };
  };
}

const verdicts: Readonly<Record<string, RefusalReason | undefined>> = { NO_THREATS_FOUND: undefined, THREATS_FOUND: 'malware_found' };

const arrivalsOf = (message: unknown): readonly Arrival[] => {
  const { detail } = message as ScanResult;
  if (detail?.s3ObjectDetails !== undefined) {
    const status = detail.scanResultDetails?.scanResultStatus ?? '';
    // What could not be scanned is not known to be clean.
    const verdict = Object.hasOwn(verdicts, status) ? verdicts[status] : 'not_scanned';
    return [{ key: detail.s3ObjectDetails.objectKey, ...(verdict !== undefined && { verdict }) }];
  }
  // The test message, which S3 sends when notifications are set up, has no records.
  const records = (message as S3Notification).Records ?? [];
  return records
    .filter(({ eventName }) => eventName.startsWith('ObjectCreated:'))
    .map(({ s3 }) => ({ key: decodeURIComponent(s3.object.key.replaceAll('+', ' ')) }));
};

const settleAll = async ({ body }: SQSRecord): Promise<void> => {
  for (const { key, verdict } of arrivalsOf(JSON.parse(body))) await settleArrival(key, verdict);
};

/** The function behind the queue of arrivals. A message that fails comes again, and ends in the queue of failed ones. */
export const handler = async ({ Records }: SQSEvent): Promise<SQSBatchResponse> => {
  const outcomes = await Promise.allSettled(Records.map(settleAll));
  const failed = outcomes.flatMap((outcome, index) => {
    const record = Records[index];
    if (outcome.status === 'fulfilled' || record === undefined) return [];
    const name = outcome.reason instanceof Error ? outcome.reason.name : typeof outcome.reason;
    const line = {
      level: 'ERROR',
      message: 'an arrival is not settled, and will be tried again',
      messageId: record.messageId,
      error: name,
    };
    process.stdout.write(`${JSON.stringify(line)}\n`);
    return [{ itemIdentifier: record.messageId }];
  });
  return { batchItemFailures: failed };
};
