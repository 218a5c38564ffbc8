import type { ResolvedResource } from '../service.ts';

/** Where a function's code lies. */
export type CodeLocation = { readonly inline: string } | { readonly s3Key: string };

/** An `AWS::Lambda::Function` of the template, checked. */
export interface FunctionDefinition {
  readonly name: string;
  readonly arn: string;
  readonly handler: string;
  /** For example `nodejs24.x`. */
  readonly runtime: string;
  /** 24 for `nodejs24.x`; undefined for other languages. */
  readonly nodeVersion: number | undefined;
  readonly code: CodeLocation | undefined;
  readonly memoryMb: number;
  readonly timeoutMs: number;
  readonly variables: Readonly<Record<string, string>>;
  readonly roleArn: string;
  readonly logGroupName: string;
  /** Undefined: no share of the account's concurrency is set aside for it. */
  readonly reservedConcurrency: number | undefined;
  /** The queue or topic for events that were given up. */
  readonly deadLetterArn: string | undefined;
  /** The ARNs of its layers, in their order. */
  readonly layers: readonly string[];
}

/** AWS's defaults. */
const DEFAULT_MEMORY_MB = 128;
const DEFAULT_TIMEOUT_SECONDS = 3;

export function readFunction(resource: ResolvedResource): FunctionDefinition {
  const { properties } = resource;
  const runtime = text(properties['Runtime']) ?? '';
  const nodeVersion = /^nodejs(\d+)\.x$/.exec(runtime)?.[1];
  const name = resource.ref;
  return {
    name,
    arn: resource.attributes['Arn'] ?? name,
    handler: text(properties['Handler']) ?? 'index.handler',
    runtime,
    nodeVersion: nodeVersion === undefined ? undefined : Number(nodeVersion),
    code: readCode(record(properties['Code'])),
    memoryMb: number(properties['MemorySize']) ?? DEFAULT_MEMORY_MB,
    timeoutMs: (number(properties['Timeout']) ?? DEFAULT_TIMEOUT_SECONDS) * 1_000,
    variables: Object.fromEntries(
      Object.entries(record(record(properties['Environment'])['Variables'])).map(([key, value]) => [key, String(value)]),
    ),
    roleArn: text(properties['Role']) ?? '',
    logGroupName: text(record(properties['LoggingConfig'])['LogGroup']) ?? `/aws/lambda/${name}`,
    reservedConcurrency: number(properties['ReservedConcurrentExecutions']),
    deadLetterArn: text(record(properties['DeadLetterConfig'])['TargetArn']),
    layers: Array.isArray(properties['Layers']) ? properties['Layers'].map(String) : [],
  };
}

function readCode(code: Readonly<Record<string, unknown>>): CodeLocation | undefined {
  if (typeof code['ZipFile'] === 'string') return { inline: code['ZipFile'] };
  return typeof code['S3Key'] === 'string' ? { s3Key: code['S3Key'] } : undefined;
}

/** A member of a template as an object; anything else is an empty one. */
export function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

/** A member of a template as text. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A member of a template as a number: CloudFormation takes `"3"` for 3. */
export function number(value: unknown): number | undefined {
  const parsed = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof parsed === 'number' && Number.isFinite(parsed) ? parsed : undefined;
}
