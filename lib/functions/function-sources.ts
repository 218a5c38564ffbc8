import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { Filter } from '../../contracts/filter.ts';
import type { HookPoint } from '../../contracts/hooks.ts';
import type { FunctionParts, FunctionPartsOptions } from '../api/function-parts.ts';

// What functions need of the other features. Their constructs have it; so may one of your own.

/** A queue, and where its messages go that nobody could handle. */
export interface WorkQueue {
  readonly queue: Queue;
  readonly deadLetters: Queue;
}

/** What there is to listen to. An `Events` is one. */
export interface EventSource {
  on(
    scope: Construct,
    id: string,
    listener: { readonly types: readonly string[]; readonly when?: Filter; readonly timeoutSeconds?: number; readonly attempts?: number },
  ): WorkQueue;
  grantsToSend(types: readonly string[]): FunctionParts;
  grantsToRemember(): Omit<FunctionParts, 'modules'>;
  addDeadLetters(name: string, queue: Queue): void;
}

/** Records. A `Data` is one. */
export interface RecordsSource {
  readonly models: Readonly<Record<string, unknown>>;
  /** What a function needs for these operations on the records of models. */
  functionParts(
    operations: Readonly<Record<string, readonly ('read' | 'create' | 'update' | 'delete')[]>>,
    options: FunctionPartsOptions,
  ): FunctionParts;
  /** Has a function asked before writes. */
  connectHook(model: string, point: HookPoint, target: IFunction): void;
}

/** Files. A `Files` is one. */
export interface FoldersSource {
  readonly folders: Readonly<Record<string, unknown>>;
  /** What a function needs for these operations on the files of folders. */
  functionParts(
    operations: Readonly<Record<string, readonly ('read' | 'write' | 'delete')[]>>,
    options: FunctionPartsOptions,
  ): FunctionParts;
}

/** Messages. A `Push` is one. */
export interface PushSource {
  functionParts(): FunctionParts;
}
