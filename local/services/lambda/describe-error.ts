import type { FunctionErrorDocument } from './runtime-protocol.ts';

/** Describes whatever a handler threw as Lambda does: an `Error`, a string, `null`, or an object whose getters throw. */
export function describeError(thrown: unknown): FunctionErrorDocument {
  try {
    if (isErrorLike(thrown)) {
      return { errorType: String(thrown.name), errorMessage: String(thrown.message), trace: String(thrown.stack ?? '').split('\n') };
    }
    return { errorType: typeof thrown, errorMessage: String(thrown), trace: [] };
  } catch {
    return { errorType: 'handled', errorMessage: 'the error could not be described: its message, name or stack throws', trace: [] };
  }
}

function isErrorLike(value: unknown): value is Error {
  return typeof value === 'object' && value !== null && 'name' in value && 'message' in value && 'stack' in value;
}
