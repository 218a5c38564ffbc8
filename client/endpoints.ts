import type { authRoutes } from '../contracts/auth.ts';
import type { dataRoutes } from '../contracts/data.ts';
import type { filesRoutes } from '../contracts/files.ts';
import type { paymentsRoutes } from '../contracts/payments.ts';
import type { pushRoutes } from '../contracts/push.ts';
import type { Routes } from '../contracts/route.ts';

/** The endpoints of routes, without the texts and error lists that a browser has no use for. */
export type EndpointsOf<R extends Routes> = { readonly [K in keyof R]: `${R[K]['method']} ${R[K]['path']}` };

// Written out, not imported, for the size of the bundle. They cannot drift: `satisfies` compares each with the contract.

/** Where each route of accounts is. */
export const authEndpoints = {
  register: 'POST /auth/register',
  confirm: 'POST /auth/confirm',
  resendCode: 'POST /auth/resend-code',
  login: 'POST /auth/login',
  answerChallenge: 'POST /auth/challenge',
  recover: 'POST /auth/recover',
  refresh: 'POST /auth/refresh',
  logout: 'POST /auth/logout',
  forgotPassword: 'POST /auth/forgot-password',
  resetPassword: 'POST /auth/reset-password',
  changePassword: 'POST /auth/change-password',
  readMe: 'GET /auth/me',
  updateMe: 'PATCH /auth/me',
  verifyEmail: 'POST /auth/me/verify-email',
  deleteMe: 'DELETE /auth/me',
  enrolMfa: 'POST /auth/mfa',
  verifyMfa: 'POST /auth/mfa/verify',
  disableMfa: 'DELETE /auth/mfa',
  listUsers: 'GET /admin/users',
  inviteUser: 'POST /admin/users',
  readUser: 'GET /admin/users/{id}',
  disableUser: 'POST /admin/users/{id}/disable',
  enableUser: 'POST /admin/users/{id}/enable',
  setUserGroups: 'PUT /admin/users/{id}/groups',
  signOutUser: 'POST /admin/users/{id}/sign-out',
  deleteUser: 'DELETE /admin/users/{id}',
} as const satisfies EndpointsOf<typeof authRoutes>;

/** Where each route of the data feature is. */
export const dataEndpoints = {
  listRecords: 'GET /data/{model}',
  createRecord: 'POST /data/{model}',
  countRecords: 'GET /data/{model}/count',
  lookUpRecord: 'GET /data/{model}/by/{field}/{value}',
  readRecord: 'GET /data/{model}/{id}',
  updateRecord: 'PATCH /data/{model}/{id}',
  replaceRecord: 'PUT /data/{model}/{id}',
  deleteRecord: 'DELETE /data/{model}/{id}',
  runTransaction: 'POST /data/transaction',
  readBatch: 'POST /data/batch/read',
  writeBatch: 'POST /data/batch/write',
} as const satisfies EndpointsOf<typeof dataRoutes>;

/** Where each route of files is. */
export const filesEndpoints = {
  readUsage: 'GET /files/usage',
  listFiles: 'GET /files/{folder}',
  createUpload: 'POST /files/{folder}',
  readFile: 'GET /files/{folder}/{id}',
  updateFile: 'PATCH /files/{folder}/{id}',
  deleteFile: 'DELETE /files/{folder}/{id}',
  createLink: 'GET /files/{folder}/{id}/link',
  replaceFile: 'POST /files/{folder}/{id}/upload',
  readUpload: 'GET /files/{folder}/{id}/upload',
  abortUpload: 'DELETE /files/{folder}/{id}/upload',
  createParts: 'POST /files/{folder}/{id}/upload/parts',
  completeUpload: 'POST /files/{folder}/{id}/upload/complete',
  copyFile: 'POST /files/{folder}/{id}/copy',
  moveFile: 'POST /files/{folder}/{id}/move',
} as const satisfies EndpointsOf<typeof filesRoutes>;

/** Where each route of payments is that clients call. */
export const paymentsEndpoints = {
  createCheckout: 'POST /payments/checkout',
  createPortal: 'POST /payments/portal',
  readOwnPayments: 'GET /payments/me',
  listPayments: 'GET /payments',
} as const satisfies Omit<EndpointsOf<typeof paymentsRoutes>, 'receiveWebhook'>;

/** Where each route of push is. */
export const pushEndpoints = {
  readWebKey: 'GET /push/web-key',
  registerDevice: 'POST /push/devices',
  listDevices: 'GET /push/devices',
  removeDevice: 'DELETE /push/devices/{id}',
  readPreferences: 'GET /push/preferences',
  updatePreferences: 'PATCH /push/preferences',
  listTopics: 'GET /push/topics',
  subscribeTopic: 'PUT /push/topics/{topic}/subscription',
  unsubscribeTopic: 'DELETE /push/topics/{topic}/subscription',
  sendMessage: 'POST /push/messages',
  listMessages: 'GET /push/messages',
  readMessage: 'GET /push/messages/{id}',
  listDeliveries: 'GET /push/messages/{id}/deliveries',
  cancelMessage: 'DELETE /push/messages/{id}',
} as const satisfies EndpointsOf<typeof pushRoutes>;
