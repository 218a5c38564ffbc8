import { Match, type Template } from 'aws-cdk-lib/assertions';
import { z } from 'zod';
import { Backend, type DestinationOptions, defineBackend, from, ga4, model, posthog, segment } from '../../../lib/index.ts';
import { statementsOf, synth } from '../../support/synth.ts';

const order = model({
  fields: { total: z.int(), paid: z.boolean().default(false), address: z.object({ city: z.string() }).optional() },
  access: (allow) => [allow.owner()],
});
const crm: DestinationOptions = {
  url: 'https://api.crm.example.com/v1/orders/{data.id}?source=shop',
  method: 'PUT',
  types: ['Order.created', 'Order.updated'],
  when: { paid: true },
  authorization: { kind: 'bearer', secretName: 'crm/api' },
  body: { id: from('data.id'), total: from('data.new.total'), lines: [from('data.new.address.city'), 1, 'fixed', true, null] },
  headers: { 'idempotency-key': from('id') },
  query: { by: from('actor') },
  ratePerSecond: 10,
};
const defined = (destinations: Readonly<Record<string, DestinationOptions>>) =>
  defineBackend({
    data: { models: { Order: order } },
    events: { types: { 'order.shipped': z.object({ orderId: z.string(), to: z.object({ city: z.string() }) }) }, destinations },
  });
const build = (options: Partial<DestinationOptions> = {}): Template =>
  synth((stack) => new Backend(stack, 'Backend', defined({ crm: { ...crm, ...options } }))).template;
const reference = (key: string, secret = 'crm/api'): string => `{{resolve:secretsmanager:${secret}:SecretString:${key}::}}`;

describe('a destination of events', () => {
  it.each<[string, Partial<DestinationOptions>, RegExp]>([
    ['plain HTTP', { url: 'http://api.example.com' }, /destinations\.crm\.url is .* which is not https/],
    ['a literal address', { url: 'https://10.0.0.1/' }, /leads to no public host name/],
    ['a literal address of IPv6', { url: 'https://[::1]/' }, /leads to no public host name/],
    ['an address written as a number', { url: 'https://2130706433/' }, /leads to no public host name/],
    ['a name of a network of its own', { url: 'https://db.internal/' }, /leads to no public host name/],
    ['a metadata service', { url: 'https://localhost/' }, /leads to no public host name/],
    ['a password in the URL', { url: 'https://me:secret@api.example.com/' }, /belong into a secret/],
    ['a port of mail', { url: 'https://api.example.com:25/' }, /has the port 25/],
    ['a wildcard', { url: 'https://api.example.com/*' }, /write \{data\.id\}/],
    ['a value in the host', { url: 'https://{data.id}.example.com/' }, /only the path/],
    ['a value in the query', { url: 'https://api.example.com/?id={data.id}' }, /give others in "query"/],
    ['a text of people in the path', { url: 'https://api.example.com/{data.new.total}' }, /only id, type, time/],
    ['a text of people in a header', { headers: { 'x-total': from('data.new.total') } }, /only id, type, time/],
    ['a header of EventBridge', { headers: { Authorization: 'x' } }, /no header of yours/],
    ['a header of two lines', { headers: { 'x-a': 'a\r\nx-b: c' } }, /a text on one line/],
    ['a method that has no body', { method: 'GET' as 'PUT' }, /method is "GET"/],
    ['no body', { body: undefined as unknown as 'event' }, /body is undefined: name what is sent/],
    ['a field that is not there', { body: { a: from('data.new.totl') } }, /Order.created does not have: the model has no field totl/],
    ['the old record of a creation', { body: { a: from('data.old.total') } }, /a creation has no old record/],
    ['the new record of a delete', { types: ['Order.*'], body: { a: from('data.new.total') } }, /Order\.deleted does not have/],
    ['a place that is none', { body: { a: from('data.*' as 'data') } }, /use id, type, time/],
    [
      'a property that is not there',
      { url: 'https://api.example.com', types: ['order.shipped'], when: undefined, body: { a: from('data.to.street') } },
      /its schema has no street: use one of city/,
    ],
    ['a name of a user', { types: ['user.confirmed'], when: undefined, body: { a: from('data.email') } }, /use userId/],
    ['a text that a transformer would read', { body: { a: '<b>' } }, /takes no < and >/],
    [
      'more values than there may be',
      { body: Object.fromEntries(range(101).map((n) => [`v${n}`, from(`data.new.address.c${n}`)])) },
      /at most 100/,
    ],
    ['a secret by its ARN', { authorization: { kind: 'bearer', secretName: 'arn:aws:x:y' } }, /authorization.secretName is/],
    [
      'tokens from inside',
      { authorization: { kind: 'oauth', secretName: 's', tokenUrl: 'https://login.local' } },
      /tokenUrl .* no public host/,
    ],
    ['a kind that is none', { authorization: { kind: 'magic' as 'bearer', secretName: 's' } }, /kind is "magic"/],
    ['a rate above that of EventBridge', { ratePerSecond: 301 }, /from 1 to 300/],
    ['no types', { types: [] }, /types is empty/],
    ['a comparison that no pattern has', { when: { total: { contains: 1 } } }, /destinations\.crm/],
  ])('refuses %s', (_, options, message) => {
    expect(() => build(options)).toThrow(message);
  });

  it('refuses a type that never happens', () => {
    expect(() => build({ types: ['Order.created', 'payment.succeeded'], when: undefined, body: 'event' })).toThrow(
      'events.destinations.crm listens to "payment.succeeded", which never happens',
    );
  });

  it('refuses a name that is none', () => {
    expect(() => synth((stack) => new Backend(stack, 'Backend', defined({ 'my crm': crm })))).toThrow(/begin its name with a letter/);
  });

  it('is called with what is named, and with nothing else', () => {
    const template = build();
    template.hasResourceProperties('AWS::Events::ApiDestination', {
      ConnectionArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('Connection'), 'Arn'] },
      InvocationEndpoint: 'https://api.crm.example.com/v1/orders/*?source=shop',
      HttpMethod: 'PUT',
      InvocationRateLimitPerSecond: 10,
    });
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        $or: [
          {
            source: ['plinth'],
            'detail-type': ['Order.created', 'Order.updated'],
            detail: { data: { $or: [{ new: { paid: [true] } }, { truncated: [true] }], truncated: [{ exists: false }] } },
          },
          { source: ['plinth.redrive'], 'detail-type': ['crm'], detail: { data: { truncated: [{ exists: false }] } } },
        ],
      },
      Targets: [
        {
          Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('Api'), 'Arn'] },
          DeadLetterConfig: { Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('DeadLetters'), 'Arn'] } },
          RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
          HttpParameters: {
            PathParameterValues: ['$.detail.data.id'],
            HeaderParameters: { 'idempotency-key': '$.detail.id' },
            QueryStringParameters: { by: '$.detail.actor' },
          },
          InputTransformer: {
            InputPathsMap: {
              'detail-data-id': '$.detail.data.id',
              'detail-data-new-total': '$.detail.data.new.total',
              'detail-data-new-address-city': '$.detail.data.new.address.city',
            },
            InputTemplate:
              '{"id":<detail-data-id>,"total":<detail-data-new-total>,"lines":[<detail-data-new-address-city>,1,"fixed",true,null]}',
          },
        },
      ],
    });
  });

  it('gets no values of records that an event was told without: such an event is put aside', () => {
    const truncated = { data: { truncated: [true] } };
    build().hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        $or: [
          { source: ['plinth'], 'detail-type': ['Order.created', 'Order.updated'], detail: truncated },
          { source: ['plinth.redrive'], 'detail-type': ['crm'], detail: truncated },
        ],
      },
      Targets: [{ Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('DeadLetters'), 'Arn'] }, Id: 'Target0' }],
    });
    build({ body: { id: from('data.id') } }).resourcePropertiesCountIs('AWS::Events::Rule', { EventPattern: { $or: Match.anyValue() } }, 1);
  });

  it('may be called by its rule alone, and puts aside in an encrypted queue that is watched', () => {
    const { template } = synth((stack) => new Backend(stack, 'Backend', defined({ crm }), { stage: 'production' }));
    const invoking = statementsOf(template).filter(({ Action }) => Action === 'events:InvokeApiDestination');
    expect(invoking).toHaveLength(1);
    expect(invoking[0]?.Resource).toEqual({ 'Fn::GetAtt': [expect.stringContaining('DestinationscrmApi'), 'Arn'] });
    const [[queueId, { Properties: queue }] = ['', { Properties: {} }]] = Object.entries(template.findResources('AWS::SQS::Queue')).filter(
      ([id]) => id.includes('Destinations'),
    );
    expect(queue).toEqual({ SqsManagedSseEnabled: true, MessageRetentionPeriod: 1_209_600, MaximumMessageSize: 1_048_576 });
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      Dimensions: [{ Name: 'QueueName', Value: { 'Fn::GetAtt': [queueId, 'QueueName'] } }],
    });
    template.hasResourceProperties('AWS::SQS::QueuePolicy', {
      Queues: [{ Ref: queueId }],
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: 'Allow',
            Principal: { Service: 'events.amazonaws.com' },
            Action: 'sqs:SendMessage',
            Condition: { ArnEquals: { 'aws:SourceArn': { 'Fn::GetAtt': [Match.stringLikeRegexp('DestinationscrmRule'), 'Arn'] } } },
          }),
        ]),
      },
    });
  });

  it('sends the whole event only where that is asked for', () => {
    const template = build({ body: 'event', types: ['*'], when: undefined });
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { $or: [{ source: ['plinth'] }, { source: ['plinth.redrive'], 'detail-type': ['crm'] }] },
      Targets: [Match.objectLike({ InputPath: '$.detail', InputTransformer: Match.absent() })],
    });
  });

  it.each<[DestinationOptions['authorization'], string, object]>([
    [
      { kind: 'bearer', secretName: 'crm/api' },
      'API_KEY',
      { ApiKeyAuthParameters: { ApiKeyName: 'Authorization', ApiKeyValue: `Bearer ${reference('token')}` } },
    ],
    [
      { kind: 'header', secretName: 'crm/api', name: 'x-key', prefix: 'Token ' },
      'API_KEY',
      { ApiKeyAuthParameters: { ApiKeyName: 'x-key', ApiKeyValue: `Token ${reference('key')}` } },
    ],
    [
      { kind: 'basic', secretName: 'crm/api' },
      'BASIC',
      { BasicAuthParameters: { Username: reference('username'), Password: reference('password') } },
    ],
    [
      {
        kind: 'oauth',
        secretName: 'crm/api',
        tokenUrl: 'https://login.example.com/token',
        scope: 'write',
        parameters: { audience: 'crm' },
      },
      'OAUTH_CLIENT_CREDENTIALS',
      {
        OAuthParameters: {
          AuthorizationEndpoint: 'https://login.example.com/token',
          HttpMethod: 'POST',
          ClientParameters: { ClientID: reference('clientId'), ClientSecret: reference('clientSecret') },
          OAuthHttpParameters: {
            BodyParameters: [
              { Key: 'grant_type', Value: 'client_credentials', IsValueSecret: false },
              { Key: 'scope', Value: 'write', IsValueSecret: false },
              { Key: 'audience', Value: 'crm', IsValueSecret: false },
            ],
          },
        },
      },
    ],
  ])('says who calls by %j, with the names of secrets alone in the template', (authorization, AuthorizationType, AuthParameters) => {
    build({ authorization, secretRevision: 3 }).hasResourceProperties('AWS::Events::Connection', {
      ...{ AuthorizationType, AuthParameters, Description: 'Plinth: crm/api, revision 3' },
    });
  });
});

describe('the ready-made destinations', () => {
  const templateOf = (options: DestinationOptions): Template =>
    synth((stack) => new Backend(stack, 'Backend', defined({ there: options }))).template;
  const common = { secretName: 'there', types: ['Order.created'], userId: from('data.new.owner') };

  it('tells Segment by track', () => {
    const template = templateOf(segment({ ...common, properties: { total: from('data.new.total') } }));
    template.hasResourceProperties('AWS::Events::Connection', {
      AuthParameters: {
        InvocationHttpParameters: { BodyParameters: [{ Key: 'writeKey', Value: reference('key', 'there'), IsValueSecret: true }] },
      },
    });
    template.hasResourceProperties('AWS::Events::ApiDestination', { InvocationEndpoint: 'https://api.segment.io/v1/track' });
    template.hasResourceProperties('AWS::Events::Rule', {
      Targets: [
        Match.objectLike({
          InputTransformer: Match.objectLike({
            InputTemplate:
              '{"event":<detail-type>,"messageId":<detail-id>,"timestamp":<detail-time>,"userId":<detail-data-new-owner>,"properties":{"total":<detail-data-new-total>}}',
          }),
        }),
      ],
    });
  });

  it('tells PostHog by capture', () => {
    const template = templateOf(posthog({ ...common, host: 'https://eu.i.posthog.com' }));
    template.hasResourceProperties('AWS::Events::ApiDestination', { InvocationEndpoint: 'https://eu.i.posthog.com/i/v0/e/' });
    template.hasResourceProperties('AWS::Events::Connection', {
      AuthParameters: { InvocationHttpParameters: { BodyParameters: [Match.objectLike({ Key: 'api_key' })] } },
    });
    expect(() => templateOf(posthog({ ...common, host: 'http://posthog.internal' }))).toThrow(/not https/);
  });

  it('tells Google Analytics under a name that it takes', () => {
    const template = templateOf(ga4({ ...common, measurementId: 'G-1', name: 'purchase', params: { value: from('data.new.total') } }));
    template.hasResourceProperties('AWS::Events::Connection', {
      AuthParameters: {
        InvocationHttpParameters: { QueryStringParameters: [Match.objectLike({ Key: 'api_secret', IsValueSecret: true })] },
      },
    });
    template.hasResourceProperties('AWS::Events::Rule', {
      Targets: [Match.objectLike({ HttpParameters: { QueryStringParameters: { measurement_id: 'G-1' } } })],
    });
    expect(() => ga4({ ...common, measurementId: 'G-1', name: 'Order.created' })).toThrow(/as purchase/);
  });
});

function range(length: number): readonly number[] {
  return Array.from({ length }, (_, n) => n);
}
