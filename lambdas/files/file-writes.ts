import { fileLimits } from '../../contracts/files.ts';
import { filesTable, reminderPrefix, type StoredFile, usagePrefix } from '../../contracts/files-table.ts';
import type { Precondition } from '../runtime/precondition.ts';
import { table, type Write } from './files-store.ts';

// The writes that transactions are made of. DynamoDB has reserved words, so every attribute goes by a placeholder.

const returning = { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } as const;
const idNames = { '#id': filesTable.partitionKey } as const;

/** A new row. */
export const insertRow = (file: StoredFile): Write => ({
  Put: { TableName: table, Item: file, ConditionExpression: 'attribute_not_exists(#id)', ExpressionAttributeNames: idNames, ...returning },
});

const atVersion = (version: number) => ({
  ConditionExpression: '#version = :version',
  ExpressionAttributeNames: { '#version': 'version' },
  ExpressionAttributeValues: { ':version': version },
  ...returning,
});

/** The next state of a row, unless somebody else has written it since. */
export const replaceRow = (next: StoredFile, version: number): Write => ({
  Put: { TableName: table, Item: next, ...atVersion(version) },
});

/** The end of a row, unless somebody else has written it since. */
export const deleteRow = (id: string, version: number): Write => ({
  Delete: { TableName: table, Key: { id }, ...atVersion(version) },
});

/**
 * Counts bytes in a user's usage, or gives them back.
 *
 * @param room how much may be counted before; more fails. Left out where bytes are given back
 */
export const countUsage = (owner: string, bytes: number, room?: number): Write => ({
  Update: {
    TableName: table,
    Key: { id: `${usagePrefix}${owner}` },
    UpdateExpression: 'ADD #used :bytes',
    ExpressionAttributeNames: { '#used': 'usedBytes' },
    ExpressionAttributeValues: { ':bytes': bytes, ...(room !== undefined && { ':room': room }) },
    ...(room !== undefined && { ConditionExpression: 'attribute_not_exists(#used) OR #used <= :room', ...returning }),
  },
});

/** Forgets the usage of somebody who keeps nothing. */
export const forgetUsage = (owner: string): Write => ({
  Delete: {
    TableName: table,
    Key: { id: `${usagePrefix}${owner}` },
    ConditionExpression: 'attribute_not_exists(#used) OR #used = :none',
    ExpressionAttributeNames: { '#used': 'usedBytes' },
    ExpressionAttributeValues: { ':none': 0 },
  },
});

/** Has somebody look at these bytes when they should long have arrived. */
export const remind = (fileId: string, key: string, nowMs: number): Write => {
  const expiresAt = Math.floor(nowMs / 1_000) + fileLimits.abandonedAfterSeconds;
  return { Put: { TableName: table, Item: { id: `${reminderPrefix}${key}`, fileId, key, expiresAt } } };
};

/** Takes a reminder away. */
export const forget = (key: string): Write => ({ Delete: { TableName: table, Key: { id: `${reminderPrefix}${key}` } } });

/** What must hold of a row for {@link updateRow}. */
export interface RowGuard {
  readonly folder: string;
  /** @default whoever owns it */
  readonly owner: string | undefined;
  readonly versions: Precondition;
  readonly nowMs: number;
}

/** No row has this version. */
const impossibleVersion = -1;

/** Everything that a read would be for, as the condition of the one request that writes. */
const guardOf = ({ folder, owner, versions, nowMs }: RowGuard) => {
  const marks =
    versions === 'any' ? [] : (versions.length > 0 ? versions : [impossibleVersion]).map((value, index) => [`:v${index}`, value] as const);
  return {
    condition: [
      '#folder = :folder',
      '(attribute_not_exists(#expires) OR #expires > :now)',
      ...(owner === undefined ? [] : ['#owner = :owner']),
      ...(marks.length > 0 ? [`#version IN (${marks.map(([mark]) => mark).join(', ')})`] : []),
    ].join(' AND '),
    names: { '#folder': 'folder', '#expires': filesTable.timeToLive, ...(owner !== undefined && { '#owner': 'owner' }) },
    values: { ':folder': folder, ':now': nowMs / 1_000, ...(owner !== undefined && { ':owner': owner }), ...Object.fromEntries(marks) },
  };
};

/** What changes of a row without its bytes. `metadata: null` takes the notes away. */
export interface RowPatch {
  readonly name?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | null | undefined;
  readonly updatedAt: string;
}

/** Changes a row that was not read. */
export const updateRow = (id: string, { name, metadata, updatedAt }: RowPatch, guard: RowGuard): Write => {
  const { condition, names, values } = guardOf(guard);
  const sets = { updatedAt, ...(name !== undefined && { name }), ...(metadata != null && { metadata }) };
  const entries = Object.entries(sets).map(([attribute, value], index) => ({ attribute, value, mark: `#s${index}`, at: `:s${index}` }));
  return {
    Update: {
      TableName: table,
      Key: { id },
      UpdateExpression: [
        `SET ${entries.map(({ mark, at }) => `${mark} = ${at}`).join(', ')}, #version = #version + :one`,
        ...(metadata === null ? ['REMOVE #metadata'] : []),
      ].join(' '),
      ConditionExpression: condition,
      ExpressionAttributeNames: {
        ...names,
        '#version': 'version',
        ...(metadata === null && { '#metadata': 'metadata' }),
        ...Object.fromEntries(entries.map(({ mark, attribute }) => [mark, attribute])),
      },
      ExpressionAttributeValues: { ...values, ':one': 1, ...Object.fromEntries(entries.map(({ at, value }) => [at, value])) },
      ...returning,
    },
  };
};
