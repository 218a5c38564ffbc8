import { standInPath } from '../contracts/payments-stand-in.ts';
import { variables } from '../contracts/variables.ts';
import { recorderPath } from './http/aws-tools.ts';

/** What all functions are told of the machine that they run on. */
export const localVariables = (endpointUrl: string): Readonly<Record<string, string>> => ({
  [variables.localMode]: '1',
  [variables.recorder]: `${endpointUrl}${recorderPath}`,
  [variables.paymentsStandIn]: `${endpointUrl}${standInPath}`,
});
