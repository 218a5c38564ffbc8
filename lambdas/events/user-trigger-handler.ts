import type { PostAuthenticationTriggerEvent, PostConfirmationTriggerEvent } from 'aws-lambda';
import type { BackendEvent, UserChange } from '../../contracts/events.ts';
import { variables } from '../../contracts/variables.ts';
import { requiredVariable } from '../runtime/environment.ts';
import { newId } from '../runtime/new-id.ts';
import { relay } from './relay-client.ts';
import { writeLog } from './write-log.ts';

type TriggerEvent = PostAuthenticationTriggerEvent | PostConfirmationTriggerEvent;

const relayQueue = requiredVariable(variables.eventRelayQueue);

/** What has happened; undefined for what is no news: a password that was recovered. */
const eventOf = ({ triggerSource, request, userName }: TriggerEvent): BackendEvent<string, UserChange> | undefined => {
  const userId = request.userAttributes['sub'] ?? userName;
  const told = { time: new Date().toISOString(), depth: 0, actor: userId, data: { userId } };
  // Cognito may ask again; an account is confirmed once.
  if (triggerSource === 'PostConfirmation_ConfirmSignUp') return { id: `user.confirmed:${userId}`, type: 'user.confirmed', ...told };
  return triggerSource === 'PostAuthentication_Authentication' ? { id: newId(), type: 'user.signedIn', ...told } : undefined;
};

/**
 * The function that Cognito calls when somebody has confirmed an account or signed in. The relay publishes it, so that the bus can
 * hold up nobody's login.
 */
export const handler = async (trigger: TriggerEvent): Promise<TriggerEvent> => {
  const event = eventOf(trigger);
  try {
    if (event !== undefined) await relay(relayQueue, { kind: 'event', event });
  } catch (error) {
    // Cognito would refuse the login, and could not undo the confirmation. The line holds all that the event does.
    const name = error instanceof Error ? error.name : typeof error;
    writeLog('ERROR', 'an event of an account is not told, since the queue of the relay does not take it', { event, error: name });
  }
  return trigger;
};
