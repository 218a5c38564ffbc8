/**
 * How much of the time that is left is kept back for a request's end: as much as is wished, but no more than half. A function of an app
 * may have less time in all than the API's own functions keep back.
 */
export const keptBack = (remainingMs: number, wishedMs: number): number => Math.min(wishedMs, Math.ceil(remainingMs / 2));
