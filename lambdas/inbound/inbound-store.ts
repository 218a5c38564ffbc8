import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { OutboxItem } from '../../contracts/events.ts';
import { inboundLimits } from '../../contracts/inbound.ts';
import { variables } from '../../contracts/variables.ts';
import { database, sendWrite } from '../runtime/database-client.ts';
import { requiredVariable } from '../runtime/environment.ts';

const TableName = requiredVariable(variables.inboundTable);

/**
 * Stores a webhook, from where it goes on the bus.
 *
 * @param id of the happening, at the service of this name
 * @returns false for one that is there already
 */
export const storeWebhook = async (name: string, id: string, item: OutboxItem): Promise<boolean> => {
  const command = new PutCommand({
    TableName,
    Item: { ...item, pk: `${name}#${id}`, expiresAt: Math.ceil(Date.now() / 1_000) + inboundLimits.rememberedDays * 86_400 },
    ConditionExpression: 'attribute_not_exists(pk)',
  });
  return (await sendWrite((options) => database.send(command, options))).ok;
};
