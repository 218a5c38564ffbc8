import {
  DeleteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
  type QueryCommandOutput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
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

type Page = Omit<QueryCommandOutput, '$metadata'>;

/** A Query gives 1 MB: that is all there are, unless they are many and have as many filters and headers as they may. */
const queryAll = async (select: Partial<QueryCommandInput>, note: (page: Page) => void): Promise<void> => {
  let ExclusiveStartKey: QueryCommandInput['ExclusiveStartKey'];
  do {
    const command = new QueryCommand({ ...ofAllEndpoints, ...select, ...(ExclusiveStartKey && { ExclusiveStartKey }) });
    const page = await withDeadline((options) => database.send(command, options));
    note(page);
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
};

/** All endpoints, the newest last. */
export const listEndpoints = async (): Promise<readonly EndpointItem[]> => {
  const all: EndpointItem[] = [];
  await queryAll({}, ({ Items = [] }) => all.push(...(Items as EndpointItem[])));
  return all;
};

export const countEndpoints = async (): Promise<number> => {
  let count = 0;
  await queryAll({ Select: 'COUNT' }, ({ Count = 0 }) => {
    count += Count;
  });
  return count;
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
