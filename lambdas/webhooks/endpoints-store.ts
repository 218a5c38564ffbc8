import { DeleteCommand, GetCommand, PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { variables } from '../../contracts/variables.ts';
import { type EndpointItem, endpointsPartition, webhookKeys } from '../../contracts/webhooks-table.ts';
import { database, sendWrite, withDeadline } from '../runtime/database-client.ts';
import { requiredVariable } from '../runtime/environment.ts';

const TableName = requiredVariable(variables.webhooksTable);

const ofAllEndpoints = {
  TableName,
  KeyConditionExpression: 'pk = :pk',
  ExpressionAttributeValues: { ':pk': endpointsPartition },
  ConsistentRead: true,
} as const;

/** All endpoints, the newest last: a hundred with their secrets and headers are less than the 1 MB of a Query. */
export const listEndpoints = async (): Promise<readonly EndpointItem[]> => {
  const command = new QueryCommand({ ...ofAllEndpoints });
  const { Items = [] } = await withDeadline((options) => database.send(command, options));
  return Items as EndpointItem[];
};

export const countEndpoints = async (): Promise<number> => {
  const command = new QueryCommand({ ...ofAllEndpoints, Select: 'COUNT' });
  const { Count = 0 } = await withDeadline((options) => database.send(command, options));
  return Count;
};

export const readEndpoint = async (id: string): Promise<EndpointItem | undefined> => {
  const command = new GetCommand({ TableName, Key: webhookKeys.endpoint(id), ConsistentRead: true });
  const { Item } = await withDeadline((options) => database.send(command, options));
  return Item as EndpointItem | undefined;
};

export const putEndpoint = async (item: EndpointItem): Promise<void> => {
  const command = new PutCommand({ TableName, Item: { ...item, ...webhookKeys.endpoint(item.sk) } });
  await withDeadline((options) => database.send(command, options));
};

/** What becomes of an endpoint: members that are undefined are taken away. */
export type EndpointChange = { readonly [K in keyof EndpointItem]?: EndpointItem[K] | undefined };

/**
 * Changes an endpoint.
 *
 * @param was what `updatedAt` must be still. @default whatever it is
 * @returns the endpoint as it is then; undefined if there is none, or if another change came before
 */
export const changeEndpoint = async (id: string, change: EndpointChange, was?: string): Promise<EndpointItem | undefined> => {
  const entries = Object.entries(change);
  const given = entries.filter(([, value]) => value !== undefined);
  const gone = entries.filter(([, value]) => value === undefined);
  const command = new UpdateCommand({
    TableName,
    Key: webhookKeys.endpoint(id),
    UpdateExpression: [
      `SET ${given.map(([name]) => `#${name} = :${name}`).join(', ')}`,
      ...(gone.length > 0 ? [`REMOVE ${gone.map(([name]) => `#${name}`).join(', ')}`] : []),
    ].join(' '),
    ConditionExpression: `attribute_exists(pk)${was === undefined ? '' : ' AND #updatedAt = :was'}`,
    ExpressionAttributeNames: Object.fromEntries(entries.map(([name]) => [`#${name}`, name])),
    ExpressionAttributeValues: {
      ...Object.fromEntries(given.map(([name, value]) => [`:${name}`, value])),
      ...(was !== undefined && { ':was': was }),
    },
    ReturnValues: 'ALL_NEW',
  });
  const outcome = await sendWrite((options) => database.send(command, options));
  return outcome.ok ? (outcome.output.Attributes as EndpointItem) : undefined;
};

/** @returns whether there was one */
export const deleteEndpoint = async (id: string): Promise<boolean> => {
  const command = new DeleteCommand({ TableName, Key: webhookKeys.endpoint(id), ConditionExpression: 'attribute_exists(pk)' });
  return (await sendWrite((options) => database.send(command, options))).ok;
};
