import type { Probe } from '../probe.ts';
import { batchProbes } from './batch-probes.ts';
import { conditionProbes } from './condition-probes.ts';
import { indexProbes } from './index-probes.ts';
import { itemProbes } from './item-probes.ts';
import { queryProbes } from './query-probes.ts';
import { streamProbes } from './stream-probes.ts';
import { tableProbes } from './table-probes.ts';
import { transactionProbes } from './transaction-probes.ts';
import { updateProbes } from './update-probes.ts';

/** Everything that is compared with the oracle. */
export const ALL_PROBES: readonly Probe[] = [
  ...itemProbes,
  ...updateProbes,
  ...conditionProbes,
  ...queryProbes,
  ...indexProbes,
  ...batchProbes,
  ...transactionProbes,
  ...tableProbes,
  ...streamProbes,
];
