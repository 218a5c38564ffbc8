import { randomUUID } from 'node:crypto';
import { push } from '@compiled/push';
import type { DeliveryStatus } from '../../contracts/push.ts';
import type { DeviceItem, MessageItem, QueuedDelivery } from '../../contracts/push-table.ts';
import { claimDevice, disableDevice, giveBack, readDelivery, type Sender, type Target } from './deliveries-store.ts';
import { forgetDevice } from './forget-device.ts';
import { inParallel } from './in-parallel.ts';
import { type Plan, planDelivery } from './plan-delivery.ts';
import { queueDeliveries } from './queues-client.ts';
import { createResultLog, type ResultLog } from './result-log.ts';
import { scheduleRelease } from './schedules-store.ts';
import { type PayloadsOf, payloadsOf, sendToDevice } from './send-to-device.ts';

/** How a delivery of the queue may be done. */
export interface DeliveryBudget {
  readonly hasTime: () => boolean;
  /** The queue will not hand it out again: what fails is recorded as failed. */
  readonly isLastAttempt: boolean;
}

/** What is left to do, though not by this run. */
export interface LeftOver {
  /** How many devices the push services or other runs keep waiting. */
  readonly waiting: number;
  /** How long push services want us to wait, in seconds. */
  readonly seconds: number;
}

/** What one run works with. */
interface Run {
  readonly sender: Sender;
  readonly item: MessageItem;
  readonly payloadsFor: PayloadsOf;
  readonly budget: DeliveryBudget;
  readonly results: ResultLog;
  readonly held: { readonly target: Target; readonly before: DeliveryStatus | undefined; readonly untilMs: number }[];
  readonly unbegun: Target[];
  waiting: number;
  seconds: number;
}

/** Devices that are sent to at a time. */
const parallel = 25;
const secondsPerDay = 86_400;
/** As long as another run may have a device for itself. */
const busySeconds = 20;

const wait = (run: Run, seconds = 0): void => {
  run.waiting += 1;
  run.seconds = Math.max(run.seconds, seconds);
};

/** After the result is stored: a run that dies in between is followed by a message that finds the same. */
const endDevice = async ({ owner, deviceId }: Target, device: DeviceItem, status: DeliveryStatus): Promise<void> => {
  if (status === 'gone') await forgetDevice(owner, { ...device, id: deviceId });
  if (status === 'disabled') await disableDevice(owner, deviceId, device);
};

const send = async (run: Run, target: Target, device: DeviceItem, before: DeliveryStatus | undefined): Promise<void> => {
  const { owner, deviceId } = target;
  const outcome = await sendToDevice(device, run.payloadsFor);
  if (outcome.kind === 'over') {
    const { kind: _, ...result } = outcome;
    await run.results.add({ owner, deviceId, before, ...result });
    return endDevice(target, device, outcome.status);
  }
  wait(run, outcome.seconds);
  if (!run.budget.isLastAttempt) return giveBack(run.sender, deviceId);
  return run.results.add({ owner, deviceId, before, status: 'failed', reason: outcome.reason });
};

const carryOut = async (run: Run, target: Target, plan: Exclude<Plan, { kind: 'skip' }>): Promise<void> => {
  const claim = await claimDevice(run.sender, target);
  if (claim.kind === 'done') return;
  if (claim.kind === 'busy') return wait(run, busySeconds);
  const { owner, deviceId, device } = target;
  const { before } = claim;
  if (plan.kind === 'hold') {
    run.held.push({ target, before, untilMs: plan.untilMs });
    return;
  }
  if (plan.kind === 'end') {
    const { kind: _, ...result } = plan;
    return run.results.add({ owner, deviceId, before, ...result });
  }
  if (device !== undefined) await send(run, target, device, before);
};

const deliver = async (run: Run, target: Target): Promise<void> => {
  const plan = planDelivery(run.item, target, run.sender.isReleased, Date.now());
  if (plan.kind === 'skip') return;
  if (run.budget.hasTime()) await carryOut(run, target, plan);
  else run.unbegun.push(target);
};

const named = ({ owner, deviceId }: Target) => ({ owner, device: deviceId });

/** The release is arranged before the result says so. */
const hold = async ({ sender, held, results }: Run): Promise<void> => {
  for (const [untilMs, some] of Map.groupBy(held, (each) => each.untilMs)) {
    await scheduleRelease(
      sender.messageId,
      some.map(({ target }) => named(target)),
      untilMs,
    );
    await Promise.all(
      some.map(({ target: { owner, deviceId }, before }) =>
        results.add({ owner, deviceId, before, status: 'held', reason: new Date(untilMs).toISOString() }),
      ),
    );
  }
};

const begin = (queued: QueuedDelivery, item: MessageItem, budget: DeliveryBudget): Run => {
  const sender: Sender = {
    messageId: queued.messageId,
    lease: randomUUID(),
    isReleased: queued.released === true,
    expiresAt: Math.floor(Date.now() / 1_000) + push.logDays * secondsPerDay,
  };
  const payloadsFor = payloadsOf(queued.messageId, item.message);
  return { sender, item, payloadsFor, budget, results: createResultLog(sender), held: [], unbegun: [], waiting: 0, seconds: 0 };
};

/**
 * Sends a message to the devices that one message of the queue names. It may be done again at any point, and by several runs at a time:
 * each device gets the message once, unless a run dies between a push and the record of it.
 *
 * @returns what push services or other runs keep waiting
 * @throws whatever keeps all of it from being done; it is to be tried again
 */
export const deliverBatch = async (queued: QueuedDelivery, budget: DeliveryBudget): Promise<LeftOver> => {
  const { item, targets } = await readDelivery(queued);
  // The log has let go of it.
  if (item === undefined) return { waiting: 0, seconds: 0 };
  const run = begin(queued, item, budget);
  await inParallel(targets, parallel, (target) => deliver(run, target));
  await hold(run);
  if (run.unbegun.length > 0) await queueDeliveries({ ...queued, devices: run.unbegun.map(named) });
  return { waiting: run.waiting, seconds: run.seconds };
};
