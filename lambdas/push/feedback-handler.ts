import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { DeliveryStatus } from '../../contracts/push.ts';
import { eachRecord } from '../runtime/each-record.ts';
import { disableDevice } from './deliveries-store.ts';
import { correctResult, findEndpointOwner, findPush, readDevice } from './feedback-store.ts';
import { forgetDevice } from './forget-device.ts';
import { nameOfError, writeLog } from './write-log.ts';

/** "Application event notifications" of SNS, as a platform application publishes them. */
interface ApplicationEvent {
  readonly EventType?: string;
  readonly EndpointArn?: string;
  readonly FailureType?: string;
  readonly FailureMessage?: string;
  readonly MessageId?: string;
}

/**
 * The words of SNS, APNs ("Handling notification responses from APNs") and FCM ("ErrorCode") for a device that will never be reached
 * by its token again.
 */
const goneWords =
  /InvalidPlatformToken|Unregistered|BadDeviceToken|DeviceTokenNotForTopic|ExpiredToken|NotRegistered|NOT_FOUND|SENDER_ID_MISMATCH|token associated with the endpoint is not valid/i;
const disabledWords = /EndpointDisabled|endpoint is disabled/i;

const statusOf = (words: string): DeliveryStatus => {
  if (goneWords.test(words)) return 'gone';
  return disabledWords.test(words) ? 'disabled' : 'failed';
};

/** The push service's own word if it is known, else that of SNS. */
const reasonOf = ({ FailureType = 'failed', FailureMessage = '' }: ApplicationEvent): string =>
  /\b(Unregistered|BadDeviceToken|DeviceTokenNotForTopic|ExpiredToken|NotRegistered|UNREGISTERED|NOT_FOUND|SENDER_ID_MISMATCH)\b/.exec(
    FailureMessage,
  )?.[1] ?? FailureType;

const endDevice = async (endpointArn: string, owner: string, id: string, status: DeliveryStatus): Promise<void> => {
  if (status !== 'gone' && status !== 'disabled') return;
  const device = await readDevice(owner, id);
  // The device may have another endpoint by now, which is not the one that failed.
  if (device?.endpoint !== endpointArn) return;
  if (status === 'gone') await forgetDevice(owner, { ...device, id });
  else await disableDevice(owner, id, device);
};

/** @returns false to be told again later */
const handle = async ({ body, attributes }: SQSRecord): Promise<boolean> => {
  const event = JSON.parse(body) as ApplicationEvent;
  const { EventType, EndpointArn: endpointArn = '', MessageId: snsMessageId = '' } = event;
  if (EventType !== 'DeliveryFailure') return true;
  const push = await findPush(snsMessageId);
  // SNS may be faster than our record of the push.
  if (push === undefined && attributes.ApproximateReceiveCount === '1') return false;
  const status = statusOf(`${event.FailureType} ${event.FailureMessage}`);
  const reason = reasonOf(event);
  const found = push ?? (await findEndpointOwner(endpointArn));
  writeLog('INFO', 'SNS could not deliver', { status, reason, messageId: push?.messageId, deviceId: found?.device });
  if (found === undefined) return true;
  await endDevice(endpointArn, found.owner, found.device, status);
  if (push !== undefined) await correctResult(push, status, reason);
  return true;
};

const tryToHandle = async (record: SQSRecord): Promise<boolean> => {
  try {
    return await handle(record);
  } catch (error) {
    writeLog('ERROR', 'a failure that SNS has told of is not dealt with, and will be again', { error: nameOfError(error) });
    return false;
  }
};

/** The function behind the feedback queue: SNS tells of pushes that have failed for good, and devices that are gone are forgotten. */
export const handler = (event: SQSEvent): Promise<SQSBatchResponse> => eachRecord(event, tryToHandle);
