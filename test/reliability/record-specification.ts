import type { Specification } from './linearizability.ts';

export interface RecordValues {
  readonly version: number;
  readonly values: Readonly<Record<string, string>>;
}

export type RecordInput =
  | { readonly kind: 'create'; readonly values: Readonly<Record<string, string>> }
  | { readonly kind: 'read' }
  | { readonly kind: 'update'; readonly values: Readonly<Record<string, string>>; readonly ifMatch?: number }
  | { readonly kind: 'delete' };

/** The status, and the record for 200 and 201. */
export interface RecordOutput {
  readonly status: number;
  readonly record?: RecordValues;
}

/** Undefined: there is no record. */
export type RecordState = RecordValues | undefined;

const keyOf = (state: RecordState): string =>
  state === undefined ? '-' : `${state.version} ${Object.entries(state.values).sort().join(' ')}`;

/** What one request at a time does and answers. */
const answer = (state: RecordState, input: RecordInput): { readonly state: RecordState; readonly output: RecordOutput } => {
  if (input.kind === 'create') {
    if (state !== undefined) return { state, output: { status: 409 } };
    const record = { version: 1, values: input.values };
    return { state: record, output: { status: 201, record } };
  }
  if (state === undefined) return { state, output: { status: 404 } };
  if (input.kind === 'read') return { state, output: { status: 200, record: state } };
  if (input.kind === 'delete') return { state: undefined, output: { status: 204 } };
  if (input.ifMatch !== undefined && input.ifMatch !== state.version) return { state, output: { status: 412 } };
  const record = { version: state.version + 1, values: { ...state.values, ...input.values } };
  return { state: record, output: { status: 200, record } };
};

/** One record of the API. */
export const recordSpecification: Specification<RecordState, RecordInput, RecordOutput> = {
  initial: undefined,
  step: (state, input, output) => {
    const right = answer(state, input);
    const isRight = output === undefined || (output.status === right.output.status && keyOf(output.record) === keyOf(right.output.record));
    return isRight ? { state: right.state } : undefined;
  },
  keyOf,
};
