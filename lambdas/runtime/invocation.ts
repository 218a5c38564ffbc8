// What a function is told by Lambda of a function that it has invoked.

/** Of Lambda's Invoke: there is no room for a run right now, and none was begun. */
const busy: ReadonlySet<string> = new Set([
  'TooManyRequestsException',
  'ServiceException',
  'EC2ThrottledException',
  'ThrottlingException',
  'ResourceNotReadyException',
]);

/** Whether an invocation was refused for want of room. */
export const isBusy = ({ name }: Error): boolean => busy.has(name);

/** The payload of a run that ended with an error. Its message may hold what nobody else is to read. */
export const errorTypeOf = (payload: string): string | undefined => {
  try {
    const { errorType, errorMessage } = JSON.parse(payload) as { readonly errorType?: unknown; readonly errorMessage?: unknown };
    // Lambda has not always given a type for it.
    if (errorType === undefined && /Task timed out after [\d.]+ seconds$/.test(String(errorMessage))) return timedOut;
    return errorType === undefined ? undefined : String(errorType).slice(0, 200);
  } catch {
    return undefined;
  }
};

/** The type of the error of a run that took longer than it may. */
export const timedOut = 'Sandbox.Timedout';
