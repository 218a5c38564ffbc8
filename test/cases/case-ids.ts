/** The adversarial cases of the areas that there are features for. `docs/security.md` says where each is tested, or why it is not. */
const areas = {
  /** Authorization on data. */
  AZ: '01 02 03 04 05 06 08 09 10 11 13 14 15 16 17 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 37 38',
  /** Tokens and sessions. */
  JW: '01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 20 22',
  /** Accounts. */
  AU: '01 02 04 05 07 08 09 10 11 12 13 14 15 16 17 18 19 20 21 22',
  /** Inputs. */
  IN: '01 02 03 05 06 07 08 09 10 11 13 14 15 16 18 19 20 21 22 24 25 26 27 28 29',
  /** Queries, filters and pages. */
  QF: '01 02 03 04 05 06 08 09 11 12 13 15 16 17 18',
  /** Concurrency and idempotency. */
  CO: '01 02 03 04 05 08 09 10 12 14 15 16 17 18',
  /** HTTP. */
  HT: '01 02 03 04 05 06 07 09 10 11 13',
  /** Files. */
  ST: '01 03 04 05 06 07 08 09 11 13 14 15 16 17 18 19',
  /** Push. */
  PU: '01 02 03 04 05 06 07 08 10 11',
  /** Functions. */
  FN: '01 03 04 05 08 09 10 11 12 13 14 15 16',
  /** Webhooks, payments, e-mail and analytics. */
  WH: '01 02 04 06 07 08 09 10 11 12 13 14 15 16 18 19 20',
  /** Faults, queues and the durability of local mode. */
  FI: '01 02 03 05 06 08 09 10 11 12 13 14 15 16 18 19 20 21 23 24 25 26 28',
} as const;

/** Their ids: the area and a number of two digits. */
export const caseIds: readonly string[] = Object.entries(areas).flatMap(([area, numbers]) =>
  numbers.split(' ').map((number) => `${area}${number}`),
);
