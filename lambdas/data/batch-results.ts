import { dataLimits } from '../../contracts/data.ts';
import { ApiError, type Problem } from '../../contracts/errors.ts';
import { toProblem } from '../runtime/problem.ts';
import type { ApiRequest } from '../runtime/request.ts';
import type { RecordView } from './record-view.ts';

/** What became of one item of a batch or transaction. */
export interface BatchResult {
  readonly status: number;
  readonly id?: string;
  readonly record?: RecordView;
  readonly problem?: Problem;
}

/** The result of an item that was refused. */
export const refused = ({ requestId }: ApiRequest, instance: string, error: ApiError): BatchResult => ({
  status: error.status,
  problem: toProblem(error, instance, requestId),
});

type Shorten = (result: BatchResult, record: RecordView, index: number) => BatchResult;

/** Goes through results in order, and changes those whose records the answer has no more room for. */
const withinBudget = (results: readonly BatchResult[], shorten: Shorten): readonly BatchResult[] => {
  let left: number = dataLimits.maxBatchReplyBytes;
  return results.map((result, index) => {
    if (result.record === undefined) return result;
    const bytes = Buffer.byteLength(JSON.stringify(result.record));
    if (bytes > left) return shorten(result, result.record, index);
    left -= bytes;
    return result;
  });
};

/** Records that were read and have no room in the answer are reported, so that they can be asked for again. */
export const fitReads = (request: ApiRequest, results: readonly BatchResult[], instances: readonly string[]): readonly BatchResult[] => {
  const tooMuch = new ApiError('body_too_large', 'The answer has no room for this record beside the others. Read it in another request.');
  return withinBudget(results, (_result, _record, index) => refused(request, instances[index] ?? '', tooMuch));
};

const serverFields = ['id', 'version', 'createdAt', 'updatedAt'] as const;

/** Of records that were written and have no room in the answer, it holds what the server has set. */
export const fitWrites = (results: readonly BatchResult[]): readonly BatchResult[] =>
  withinBudget(results, (result, record) => ({
    ...result,
    record: Object.fromEntries(serverFields.map((name) => [name, record[name]])),
  }));
