import { AwsError } from '../service.ts';

const SERVICE = 'com.amazonaws.dynamodb.v20120810';

/** The names of the errors that belong to other shapes than DynamoDB's own. */
const FOREIGN_PREFIXES: Readonly<Record<string, string>> = {
  ValidationException: 'com.amazon.coral.validate',
  SerializationException: 'com.amazon.coral.service',
  UnknownOperationException: 'com.amazon.coral.service',
  AccessDeniedException: 'com.amazon.coral.service',
};

/**
 * An error of DynamoDB. `members.__type` is the full name that the service writes; the endpoint renders
 * `{ __type: code, message, ...members }`, and SDK clients read what follows the `#`.
 */
export function dynamodbError(code: string, message: string, members: Record<string, unknown> = {}): AwsError {
  return new AwsError(code, message, { members: { __type: `${FOREIGN_PREFIXES[code] ?? SERVICE}#${code}`, ...members } });
}

export function validationError(message: string): AwsError {
  return dynamodbError('ValidationException', message);
}

export function tableNotFound(tableName?: string): AwsError {
  const suffix = tableName === undefined ? '' : `: Table: ${tableName} not found`;
  return dynamodbError('ResourceNotFoundException', `Requested resource not found${suffix}`);
}

/** Throws what a check of dynalite's found. */
export function refuseIf(problem: string | null | undefined): void {
  if (problem) throw validationError(problem);
}

/** Runs a check of dynalite's that throws errors with a `body`. */
export function withDynaliteErrors<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    const body = (error as { body?: { __type?: string; message?: string; Message?: string } }).body;
    if (body?.__type === undefined) throw error;
    throw dynamodbError(body.__type.replace(/^.*#/, ''), body.message ?? body.Message ?? '');
  }
}
