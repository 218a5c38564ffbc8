import { paymentsTable } from '../../contracts/payments-table.ts';
import { parameterFault, readParameters } from '../runtime/read-parameters.ts';
import type { Action } from '../runtime/request.ts';
import { validationError } from '../runtime/validate-body.ts';
import { readPayments } from './pages.ts';

const today = (): string => new Date().toISOString().slice(0, 10);

const readDay = (text: string | undefined): string => {
  if (text === undefined) return today();
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text) && new Date(`${text}T00:00:00Z`).toJSON()?.startsWith(text) === true;
  if (!isDay) throw validationError([parameterFault('day', 'invalid_format', 'Expected a day (UTC) as 2026-11-24.')]);
  return text;
};

/** GET: the payments of a day, the newest first. */
export const listPayments: Action = async (request) => {
  const { day, ...asked } = readParameters(request.query, ['day', 'limit', 'cursor']);
  return { body: await readPayments(request, { index: paymentsTable.byDay, partition: readDay(day), prefix: 'P#' }, asked) };
};
