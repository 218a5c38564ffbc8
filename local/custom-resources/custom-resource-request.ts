import { randomUUID } from 'node:crypto';
import type { LocalLog } from '../log.ts';
import type { InvokeResult } from '../services/service.ts';
import type { CustomResourceAnswer, CustomResourceAnswers } from './custom-resource-answers.ts';
import type { Removal } from './custom-resource-store.ts';

export interface CustomResourceParts {
  readonly answers: CustomResourceAnswers;
  readonly log: LocalLog;
  invoke(functionArn: string, payload: unknown): Promise<InvokeResult>;
}

/** One step in the life of a custom resource. */
export type Step =
  | { readonly RequestType: 'Create' }
  | { readonly RequestType: 'Update'; readonly PhysicalResourceId: string; readonly OldResourceProperties: unknown }
  | { readonly RequestType: 'Delete'; readonly PhysicalResourceId: string };

/** What a function said went well. */
export interface CustomResourceSuccess {
  readonly physicalId: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Why a step failed, in the function's words. */
export class CustomResourceFailure extends Error {
  override readonly name = 'CustomResourceFailure';
}

/** "The default value is 3600 seconds"; `ServiceTimeout` sets another. */
const DEFAULT_TIMEOUT_SECONDS = 3_600;
/** After so long the terminal is told who keeps it waiting. */
const PATIENCE_MS = 5_000;

/**
 * Sends one request of CloudFormation to the function of a custom resource and waits for its answer.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/crpg-ref.html
 * @throws CustomResourceFailure when the function fails, says so, answers for another resource, or does not answer in time
 */
export async function requestCustomResource(
  resource: Omit<Removal, 'physicalId'>,
  step: Step,
  { answers, log, invoke }: CustomResourceParts,
): Promise<CustomResourceSuccess> {
  const { properties, logicalId, stackId, type, stackName } = resource;
  const { url, answer, close } = answers.open();
  const RequestId = randomUUID();
  const ids = { StackId: stackId, RequestId, LogicalResourceId: logicalId };
  const event = {
    ...step,
    ServiceToken: properties['ServiceToken'],
    ResponseURL: url,
    ...ids,
    ResourceType: type,
    ResourceProperties: properties,
  };
  const timers: NodeJS.Timeout[] = [];
  const after = (ms: number, run: () => void): void => void timers.push(setTimeout(run, ms));
  after(PATIENCE_MS, () => log.info('local', `waiting for the custom resource ${stackName}/${logicalId} (${step.RequestType})`));
  try {
    const seconds = Number(properties['ServiceTimeout'] ?? DEFAULT_TIMEOUT_SECONDS);
    const late = new Promise<never>((_, reject) => {
      after(seconds * 1_000, () => reject(new CustomResourceFailure(`it did not answer within ${seconds} s`)));
    });
    return checked(await Promise.race([answer, failureOf(invoke(String(properties['ServiceToken']), event)), late]), ids, step);
  } finally {
    close();
    for (const timer of timers) clearTimeout(timer);
  }
}

/** Ends only when the function fails: then no answer will come, and nobody should wait for it as long as AWS does. */
async function failureOf(invoked: Promise<InvokeResult>): Promise<never> {
  let reason: string;
  try {
    const { functionError, payload } = await invoked;
    if (functionError === undefined) return new Promise<never>(() => {});
    reason = String((payload as { errorMessage?: unknown } | null)?.errorMessage ?? functionError);
  } catch (error) {
    reason = error instanceof Error ? error.message : String(error);
  }
  throw new CustomResourceFailure(`its function failed: ${reason}`);
}

function checked(answer: CustomResourceAnswer, ids: Readonly<Record<string, string>>, step: Step): CustomResourceSuccess {
  if (answer.Status !== 'SUCCESS') {
    throw new CustomResourceFailure(
      answer.Status === 'FAILED' ? String(answer.Reason ?? 'no reason given') : 'its Status is neither SUCCESS nor FAILED',
    );
  }
  for (const [name, value] of Object.entries(ids)) {
    if (answer[name as keyof CustomResourceAnswer] !== value)
      throw new CustomResourceFailure(`the response has another ${name} than the request`);
  }
  const physicalId = answer.PhysicalResourceId;
  if (typeof physicalId !== 'string' || physicalId === '' || physicalId.length > 1_024)
    throw new CustomResourceFailure('the PhysicalResourceId must be a text of 1 to 1024 characters');
  if (step.RequestType === 'Delete' && physicalId !== step.PhysicalResourceId)
    throw new CustomResourceFailure('the response to a Delete must name the same PhysicalResourceId');
  return { physicalId, data: typeof answer.Data === 'object' && answer.Data !== null ? (answer.Data as Record<string, unknown>) : {} };
}
