import type { TemplateResource } from '../../../local/services/service.ts';
import { tableResource } from './dynamodb-server.ts';

export const TABLE = 'notes';
export const BY_OWNER = {
  IndexName: 'byOwner',
  KeySchema: [
    { AttributeName: 'owner', KeyType: 'HASH' },
    { AttributeName: 'at', KeyType: 'RANGE' },
  ],
  Projection: { ProjectionType: 'ALL' },
};
const TYPES = { id: 'S', owner: 'S', at: 'N' };

/** The template's resource of a table of notes with an index by owner, a stream and expiry. */
export function notesTable(changes: Record<string, unknown> = {}): TemplateResource {
  return tableResource('Notes', {
    TableName: TABLE,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    AttributeDefinitions: definitions(TYPES),
    GlobalSecondaryIndexes: [BY_OWNER],
    StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
    TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
    ...changes,
  });
}

export function definitions(types: Record<string, string>): { AttributeName: string; AttributeType: string }[] {
  return Object.entries(types).map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType }));
}

/** A note of DynamoDB JSON. */
export function note(id: string, owner = 'ann', at = 1, more: Record<string, unknown> = {}) {
  return { id: { S: id }, owner: { S: owner }, at: { N: String(at) }, ...more } as unknown as Record<string, never>;
}
