import { defineHandler } from '../../lambdas/runtime/define-handler.ts';
import type { ApiReply } from '../../lambdas/runtime/request.ts';
import { failingRoutes } from './failing-routes.ts';

const circular = (): Error => {
  const error = new Error('arn:aws:secret');
  error.cause = error;
  return error;
};

const failures: Readonly<Record<string, () => ApiReply>> = {
  not: () => ({ body: { pid: process.pid, loadedAt } }),
  string: () => {
    throw 'a string';
  },
  null: () => {
    throw null;
  },
  undefined: () => {
    throw undefined;
  },
  circular: () => {
    throw circular();
  },
  unserializable: () => ({ body: { value: 1n } }),
  later: () => {
    // The reply is on its way when nobody catches this.
    setTimeout(() => void Promise.reject(circular()), 20);
    return { body: {} };
  },
};
const loadedAt = performance.timeOrigin;

export const handler = defineHandler(failingRoutes, {
  fail: async ({ path }) => (failures[path['how'] ?? ''] ?? (failures['not'] as () => ApiReply))(),
});
