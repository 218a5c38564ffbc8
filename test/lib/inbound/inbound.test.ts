import type { InboundProvider, InboundProviders } from '../../../contracts/inbound.ts';
import { Api } from '../../../lib/api/api.ts';
import { Backend } from '../../../lib/backend.ts';
import { Events } from '../../../lib/events/events.ts';
import { compileInbound } from '../../../lib/inbound/compile-inbound.ts';
import { Inbound } from '../../../lib/inbound/inbound.ts';
import { actionsOf, statementsOf, synth } from '../../support/synth.ts';

const github: InboundProvider = { secretName: 'hooks/github', signature: 'github' };
const signature = { header: 'x-signature', algorithm: 'sha256', encoding: 'hex' } as const;
const shop = (more: object) => ({ shop: { secretName: 'hooks/shop', signature: { ...signature, ...more } } }) as InboundProviders;

describe('compileInbound', () => {
  it.each([
    [{}, 'inbound names no service'],
    [{ GitHub: github }, 'inbound has "GitHub": use a small letter'],
    [{ 'a/b': github }, 'inbound has "a/b"'],
    [{ hub: { ...github, secretName: 'no spaces' } }, 'inbound.hub.secretName is "no spaces"'],
    [{ hub: { ...github, headers: ['x y'] } }, 'inbound.hub.headers[0] is "x y"'],
    [{ hub: { ...github, headers: ['Authorization'] } }, 'inbound.hub.headers has "authorization", which may hold a secret'],
    [{ hub: { ...github, id: { pointer: 'id' } } }, 'inbound.hub.id.pointer is "id": use a JSON pointer'],
    [{ hub: { ...github, type: { header: '' } } }, 'inbound.hub.type.header is ""'],
    [shop({ header: 'x:y' }), 'inbound.shop.signature.header is "x:y"'],
    [shop({ payload: 'timestamp.body' }), 'inbound.shop.signature signs "timestamp.body" but has no timestampHeader'],
    [shop({ toleranceSeconds: 0 }), 'inbound.shop.signature.toleranceSeconds is 0'],
  ] as readonly [InboundProviders, string][])('refuses %j', (providers, message) => {
    expect(() => compileInbound(providers)).toThrow(message);
  });

  it('takes no more than Lambda does', () => {
    expect(() => compileInbound({ hub: { ...github, maxBodyBytes: 10_000_000 } })).toThrow(
      'inbound.hub.maxBodyBytes is 10000000: use a whole number from 1 to 5242880',
    );
  });

  it('writes names of headers as they come', () => {
    expect(compileInbound({ hub: { ...github, headers: ['X-GitHub-Event', 'x-github-event'], id: { header: 'X-Id' } } })).toEqual({
      hub: { ...github, headers: ['x-github-event'], id: { header: 'x-id' }, maxBodyBytes: 240_000 },
    });
  });
});

describe('Inbound', () => {
  const { template } = synth((stack) => {
    const api = new Api(stack, 'Api', {});
    return new Inbound(stack, 'Inbound', { api, events: new Events(stack, 'Events'), providers: { github, other: github } });
  });

  it('makes a table whose items are told, once each, and go by themselves', () => {
    template.hasResourceProperties('AWS::DynamoDB::Table', {
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
    });
    template.hasResourceProperties('AWS::ApiGatewayV2::Route', { RouteKey: 'POST /inbound/{name}' });
  });

  it('lets its function store webhooks and read the secrets of its services, and nothing else', () => {
    expect(actionsOf(template, 'InboundFunction')).toEqual([
      'dynamodb:PutItem',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      'secretsmanager:GetSecretValue',
    ]);
    const secrets = statementsOf(template).filter(({ Action }) => Action === 'secretsmanager:GetSecretValue');
    const mine = secrets.filter(({ policy }) => policy.startsWith('Inbound'));
    expect(JSON.stringify(mine.map(({ Resource }) => Resource))).toMatch(/:secret:hooks\/github-\?{6}/);
  });

  it('comes with a bus', () => {
    const { built } = synth((stack) => new Backend(stack, 'Backend', { integrations: { inbound: { github } } }));
    expect(built.events).toBeDefined();
    expect(built.inbound?.definition['github']?.secretName).toBe('hooks/github');
    expect(built.webhooks).toBeUndefined();
  });
});
