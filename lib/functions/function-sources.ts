import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { AnyFilter } from '../../contracts/filter.ts';
import type { HookPoint } from '../../contracts/hooks.ts';
import type { FunctionParts, FunctionPartsOptions } from '../api/function-parts.ts';
import type { WorkQueue } from '../api/work-queue.ts';

// What functions need of the other features. Their constructs have it; so may one of your own.

/** What there is to listen to. An `Events` is one. */
export interface FunctionEvents {
  on(
    scope: Construct,
    id: string,
    listener: {
      readonly types: readonly string[];
      readonly when?: AnyFilter;
      readonly timeoutSeconds?: number;
      readonly attempts?: number;
    },
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

/** Webhooks of other services. An `Inbound` is one. */
export interface InboundSource {
  /** The services whose bodies may be too large for an event. */
  readonly large: readonly string[];
  /** What a function needs to read such bodies. */
  functionParts(names: readonly string[]): FunctionParts;
}

/** Registrations. An `Auth` has them. */
export interface SignUps {
  /** Has a function asked before somebody registers. */
  connectSignUpHook(target: IFunction): void;
}

/** What sends messages, or takes events. A `Push`, an `Email` and an `Analytics` are such. */
export interface SenderSource {
  /** @param options.readable the folders whose files the function may read. An `Email` lets it send those along */
  functionParts(options?: { readonly readable?: readonly string[] }): FunctionParts;
}
