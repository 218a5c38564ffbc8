import type { pushRoutes } from '../../contracts/push.ts';
import type { InProcessActions } from '../runtime/in-process.ts';
import { cancelMessage } from './cancel-message.ts';
import { listDeliveries } from './list-deliveries.ts';
import { listDevices } from './list-devices.ts';
import { listMessages } from './list-messages.ts';
import { listTopics } from './list-topics.ts';
import { readMessage } from './read-message.ts';
import { readPreferences } from './read-preferences.ts';
import { readWebKey } from './read-web-key.ts';
import { registerDevice } from './register-device.ts';
import { removeDevice } from './remove-device.ts';
import { sendMessage } from './send-message.ts';
import { subscribeTopic } from './subscribe-topic.ts';
import { unsubscribeTopic } from './unsubscribe-topic.ts';
import { updatePreferences } from './update-preferences.ts';

/** The code of each route of push. */
export const pushActions = {
  readWebKey,
  registerDevice,
  listDevices,
  removeDevice,
  readPreferences,
  updatePreferences,
  listTopics,
  subscribeTopic,
  unsubscribeTopic,
  sendMessage,
  listMessages,
  readMessage,
  listDeliveries,
  cancelMessage,
} as const satisfies InProcessActions<typeof pushRoutes>;
