import { parentPort } from 'node:worker_threads';
import { createSrpSession, signSrpSession } from 'cognito-srp-helper';

const calls = { createSrpSession, signSrpSession };

export interface SrpCall {
  readonly name: keyof typeof calls;
  readonly args: readonly unknown[];
}

parentPort?.on('message', ({ name, args }: SrpCall) => {
  parentPort?.postMessage((calls[name] as (...values: readonly unknown[]) => unknown)(...args));
});
