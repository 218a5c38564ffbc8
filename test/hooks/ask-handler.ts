import { setTimeout as sleep } from 'node:timers/promises';
import type { RecordHookEvent, SignUpHookEvent } from '../../contracts/hooks.ts';

// The hook of the tests: it does what the record wishes, and tells in its log what it was asked.

const refuse = (refusal: object) => ({ refuse: refusal });

const answers: Readonly<Record<string, (event: RecordHookEvent) => unknown>> = {
  refuse: () => refuse({ detail: 'Sold out. Choose another item.', code: 'sold_out', status: 409 }),
  'refuse-plainly': () => refuse({ detail: 'Not today.' }),
  'refuse-422': () => refuse({ detail: 'Too odd.', status: 422 }),
  'refuse-400': () => refuse({ detail: 'Too odd.', status: 400 }),
  throw: () => {
    throw new Error('the key is sk_live_1234');
  },
  exit: () => process.exit(1),
  hang: () => sleep(60_000),
  text: () => 'yes',
  number: () => 7,
  list: () => [],
  nothing: () => ({}),
  unknown: () => ({ ok: true }),
  both: () => ({ amend: {}, ...refuse({ detail: 'No.' }) }),
  'no-detail': () => refuse({}),
  'empty-detail': () => refuse({ detail: ' ' }),
  'long-detail': () => refuse({ detail: 'x'.repeat(1_001) }),
  'wrong-status': () => refuse({ detail: 'No.', status: 200 }),
  'wrong-code': () => refuse({ detail: 'No.', code: 'Not A Code' }),
  'amend-list': () => ({ amend: ['x'] }),
  'amend-owner': () => ({ amend: { owner: 'somebody-else' } }),
  'amend-id': () => ({ amend: { id: 'another' } }),
  'amend-version': () => ({ amend: { version: 9 } }),
  'amend-time': () => ({ amend: { createdAt: '2020-01-01T00:00:00.000Z' } }),
  'amend-cause': () => ({ amend: { _cause: { id: 'x' } } }),
  'amend-unknown': () => ({ amend: { colour: 'red' } }),
  'amend-invalid': () => ({ amend: { quantity: 101 } }),
  'amend-required': () => ({ amend: { item: null } }),
  'amend-secret': () => ({ amend: { state: 'secret' } }),
  'amend-nothing': () => ({ amend: {} }),
  amend: () => ({ amend: { price: 9.5, code: null, wish: null } }),
  'amend-code': () => ({ amend: { code: 'taken' } }),
};

const wishOf = (event: RecordHookEvent): string => {
  const record = event.point === 'delete' ? event.old : event.new;
  return String(record['wish'] ?? '');
};

const answerSignUp = ({ email, name }: SignUpHookEvent): unknown => {
  if (email.startsWith('refused')) return refuse({ detail: 'Register with the address of your company.', code: 'private_address' });
  if (email.startsWith('thrown')) throw new Error('the key is sk_live_1234');
  if (email.startsWith('odd')) return { ok: true };
  if (email.startsWith('admin')) return { amend: { groups: ['admins'] } };
  if (email.startsWith('taken')) return { amend: { email: 'other@example.com' } };
  if (email.startsWith('long')) return { amend: { name: 'x'.repeat(10_000) } };
  return email.startsWith('named') ? { amend: { name: `${name ?? 'Nobody'} of Example` } } : undefined;
};

export const handler = async (event: RecordHookEvent | SignUpHookEvent): Promise<unknown> => {
  process.stdout.write(`asked ${JSON.stringify(event)}\n`);
  return event.point === 'signUp' ? answerSignUp(event) : answers[wishOf(event)]?.(event);
};
