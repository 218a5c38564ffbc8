import { AwsError } from '../service.ts';
import type { QueryInput } from './query-request.ts';
import { attributeMap, type Members, page } from './sns-answer.ts';
import { snsArn } from './sns-names.ts';
import type { SnsOperation, SnsParts } from './sns-parts.ts';
import type { Subscription, Topic } from './sns-store.ts';
import { checkSetting, confirm, subscribe } from './subscriptions.ts';

const PAGE_SIZE = 100;

export function topicOperations(parts: SnsParts): Readonly<Record<string, SnsOperation>> {
  const { store, context } = parts;
  return {
    CreateTopic: (input, request) => {
      const name = input.text('Name') ?? '';
      const arn = snsArn(context.account, name);
      request.authorize('sns:CreateTopic', arn);
      if (!/^[\w-]{1,256}(\.fifo)?$/.test(name)) throw new AwsError('InvalidParameter', 'Invalid parameter: Topic Name');
      if (store.topic(arn) === undefined) store.putTopic({ arn, attributes: input.map('Attributes') });
      return [['TopicArn', arn]];
    },
    DeleteTopic: (input, request) => {
      const arn = input.text('TopicArn') ?? '';
      request.authorize('sns:DeleteTopic', arn);
      store.deleteTopic(arn);
      return [];
    },
    ListTopics: (input, request) => {
      request.authorize('sns:ListTopics', snsArn(context.account, '*'));
      return page('Topics', store.topics(), { token: input.given('NextToken'), size: PAGE_SIZE }, ({ arn }) => [['TopicArn', arn]]);
    },
    GetTopicAttributes: (input, request) => {
      const { arn, attributes } = topic(parts, input, request, 'GetTopicAttributes');
      const subscriptions = store.subscriptions(arn);
      const pending = subscriptions.filter(({ token }) => token !== undefined).length;
      return [
        attributeMap({
          TopicArn: arn,
          Owner: context.account.accountId,
          DisplayName: '',
          ...attributes,
          SubscriptionsConfirmed: String(subscriptions.length - pending),
          SubscriptionsPending: String(pending),
          SubscriptionsDeleted: '0',
        }),
      ];
    },
    ListSubscriptionsByTopic: (input, request) => {
      const { arn } = topic(parts, input, request, 'ListSubscriptionsByTopic');
      return subscriptionPage(parts, input, store.subscriptions(arn));
    },
    ListSubscriptions: (input, request) => {
      request.authorize('sns:ListSubscriptions', snsArn(context.account, '*'));
      return subscriptionPage(parts, input, store.subscriptions());
    },
  };
}

export function subscriptionOperations(parts: SnsParts): Readonly<Record<string, SnsOperation>> {
  const { store } = parts;
  const find = (input: QueryInput, request: Parameters<SnsOperation>[1], action: string): Subscription => {
    const arn = input.text('SubscriptionArn') ?? '';
    request.authorize(`sns:${action}`, arn);
    const found = store.subscription(arn);
    if (found === undefined) throw new AwsError('NotFound', 'Subscription does not exist', { status: 404 });
    return found;
  };
  return {
    Subscribe: (input, request) => {
      const { arn: topicArn } = topic(parts, input, request, 'Subscribe');
      const [protocol, endpoint] = [input.text('Protocol') ?? '', input.text('Endpoint') ?? ''];
      const { arn, token } = subscribe(parts, { topicArn, protocol, endpoint, attributes: input.map('Attributes') });
      const shown = token === undefined || input.text('ReturnSubscriptionArn') === 'true' ? arn : 'pending confirmation';
      return [['SubscriptionArn', shown]];
    },
    ConfirmSubscription: (input, request) => {
      const { arn } = topic(parts, input, request, 'ConfirmSubscription');
      return [['SubscriptionArn', confirm(parts, arn, input.text('Token') ?? '').arn]];
    },
    Unsubscribe: (input, request) => {
      const arn = input.text('SubscriptionArn') ?? '';
      request.authorize('sns:Unsubscribe', arn);
      store.deleteSubscription(arn);
      return [];
    },
    GetSubscriptionAttributes: (input, request) => {
      const { arn, topicArn, protocol, endpoint, attributes, token } = find(input, request, 'GetSubscriptionAttributes');
      return [
        attributeMap({
          SubscriptionArn: arn,
          TopicArn: topicArn,
          Protocol: protocol,
          Endpoint: endpoint,
          Owner: parts.context.account.accountId,
          ConfirmationWasAuthenticated: 'true',
          PendingConfirmation: String(token !== undefined),
          RawMessageDelivery: 'false',
          ...attributes,
        }),
      ];
    },
    SetSubscriptionAttributes: (input, request) => {
      const { arn, attributes, token } = find(input, request, 'SetSubscriptionAttributes');
      const [name, value] = [input.text('AttributeName') ?? '', input.text('AttributeValue') ?? ''];
      checkSetting(name, value);
      store.changeSubscription(arn, { attributes: { ...attributes, [name]: value }, token });
      return [];
    },
  };
}

function topic({ store }: SnsParts, input: QueryInput, request: Parameters<SnsOperation>[1], action: string): Topic {
  const arn = input.text('TopicArn') ?? '';
  request.authorize(`sns:${action}`, arn);
  const found = store.topic(arn);
  if (found === undefined) throw new AwsError('NotFound', 'Topic does not exist', { status: 404 });
  return found;
}

function subscriptionPage({ context }: SnsParts, input: QueryInput, subscriptions: readonly Subscription[]): Members {
  return page(
    'Subscriptions',
    subscriptions,
    { token: input.given('NextToken'), size: PAGE_SIZE },
    ({ arn, topicArn, protocol, endpoint, token }) => [
      ['TopicArn', topicArn],
      ['Protocol', protocol],
      ['SubscriptionArn', token === undefined ? arn : 'PendingConfirmation'],
      ['Owner', context.account.accountId],
      ['Endpoint', endpoint],
    ],
  );
}
