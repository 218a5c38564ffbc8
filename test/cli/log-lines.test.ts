import { stripVTControlCharacters } from 'node:util';
import { LogLines } from '../../cli/log-lines.ts';

const time = new Date(2026, 0, 31, 9, 5, 7).toISOString();
const shown = (message: string): string =>
  stripVTControlCharacters(new LogLines().format({ time, level: 'info', source: 'data', message }));
const request = { message: 'request', route: 'createRecord', status: 502, durationMs: 1.5, requestId: 'r' };

describe('LogLines', () => {
  it('shows the time of this machine, the label and the text, with further lines set off', () => {
    expect(shown('one\ntwo')).toBe('09:05:07 data         one\n                      │ two');
  });

  it('shows why a request has failed, with all causes', () => {
    const cause = { name: 'Error', message: 'the hook asked to amend id', stack: 'Error: the hook asked to amend id\n    at hooks.ts:1:2' };
    const error = {
      name: 'ApiError',
      message: 'failed',
      stack: 'ApiError: failed\n    at api.ts:3:4',
      cause: { ...cause, cause: { name: 'string' } },
    };
    expect(shown(JSON.stringify({ ...request, error })).split(/\n +│ /)).toEqual([
      '09:05:07 data         502 createRecord 1.5 ms',
      'ApiError: failed',
      '    at api.ts:3:4',
      'caused by Error: the hook asked to amend id',
      '    at hooks.ts:1:2',
      'caused by string',
    ]);
  });

  it('adds nothing where the error has been told of', () => {
    expect(shown(JSON.stringify({ ...request, error: { name: 'ApiError', message: 'failed' } }))).toBe(
      '09:05:07 data         502 createRecord 1.5 ms',
    );
  });

  it('shows the lines of the project in a stack, and not those of packages and of Node.js', () => {
    const trace = [
      'the function failed',
      'Error: the first',
      '    at Sc (/shop/node_modules/plinth/lambdas/functions/secrets-store.ts:29:11)',
      '    at process.processTicksAndRejections (node:internal/process/task_queues:104:5)',
      '    at async /shop/functions/quote.ts:7:44',
      '    at new Promise (<anonymous>)',
      'caused by Error: the second',
      '    at yi (/shop/node_modules/@aws-sdk/core/index.js:63:67)',
      '    at async node:internal/modules:1:2',
    ];
    expect(shown(trace.join('\n')).split(/\n +│ /)).toEqual([
      '09:05:07 data         the function failed',
      'Error: the first',
      '    at async /shop/functions/quote.ts:7:44',
      'caused by Error: the second',
      '    at yi (/shop/node_modules/@aws-sdk/core/index.js:63:67)',
    ]);
  });
});
