import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { PriceClass } from 'aws-cdk-lib/aws-cloudfront';
import { AttributeType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { z } from 'zod';
import { filesRoutes } from '../../../contracts/files.ts';
import { folder } from '../../../contracts/folder.ts';
import { model } from '../../../contracts/model.ts';
import { Api } from '../../../lib/api/api.ts';
import { Auth } from '../../../lib/auth/auth.ts';
import { Data } from '../../../lib/data/data.ts';
import { Files, type FilesProps } from '../../../lib/files/files.ts';
import type { Stage } from '../../../lib/stage.ts';
import { actionsOf, emptyStack, statementsOf, synth } from '../../support/synth.ts';

const Note = model({ fields: { title: z.string() }, access: (allow) => [allow.owner()] });
const folders = {
  avatars: folder('avatars/{owner}', {
    access: (allow) => [allow.owner(), allow.anyone().to('read')],
    types: ['image/*'],
    variants: { small: { width: 64 } },
  }),
  logos: folder('logos', { access: (allow) => [allow.anyone().to('read')], types: ['image/*'] }),
  photos: folder('photos/{owner}', { access: (allow) => [allow.owner()], types: ['image/*'], variants: { small: { width: 64 } } }),
  papers: folder('papers/{Note}', { access: (allow) => [allow.record()], types: ['application/pdf'] }),
};
type Folders = FilesProps['folders'];

const synthFiles = (props: Partial<FilesProps<Folders>> = {}, stage: Stage = 'development') =>
  synth((stack) => {
    const api = new Api(stack, 'Api', { stage, corsOrigins: ['https://app.example.com'] });
    const auth = new Auth(stack, 'Auth', { api });
    const records = new Data(stack, 'Data', { api, auth, models: { Note } });
    return new Files<Folders>(stack, 'Files', { api, auth, records, folders, ...props });
  });

const isFiles = (id: string): boolean => id.startsWith('Files');

describe('Files by default', () => {
  const { template, built } = synthFiles();
  const idOf = (type: string, part: string): string =>
    Object.keys(template.findResources(type)).find((id) => isFiles(id) && id.includes(part)) ?? '';
  const bucketId = idOf('AWS::S3::Bucket', 'Bucket');
  const resourcesOf = (policy: string, action: string): string[] =>
    statementsOf(template)
      .filter((statement) => isFiles(statement.policy) && statement.policy.includes(policy) && statement.Action.includes(action))
      .flatMap(({ Resource }) => [Resource].flat())
      .map((resource) => JSON.stringify(resource));

  it('keeps the bucket private: no public access, no ACL, encrypted', () => {
    template.hasResource('AWS::S3::Bucket', {
      DeletionPolicy: 'Delete',
      Properties: {
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
        BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] },
      },
    });
  });

  it('lets nobody but CloudFront’s own distribution read the bucket, and nobody without TLS', () => {
    const [policy] = Object.values(template.findResources('AWS::S3::BucketPolicy'));
    const statements = policy?.['Properties'].PolicyDocument.Statement as Record<string, unknown>[];
    expect(statements).toHaveLength(2);
    expect(statements[0]).toMatchObject({ Effect: 'Deny', Action: 's3:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } });
    expect(statements[1]).toMatchObject({ Effect: 'Allow', Action: 's3:GetObject', Principal: { Service: 'cloudfront.amazonaws.com' } });
    expect(JSON.stringify(statements[1]?.['Condition'])).toContain(idOf('AWS::CloudFront::Distribution', 'Distribution'));
  });

  it('ST18 ends uploads that are left, within 7 days', () => {
    template.hasResourceProperties('AWS::S3::Bucket', {
      LifecycleConfiguration: {
        Rules: [
          { Status: 'Enabled', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } },
          { Status: 'Enabled', Prefix: 'variants/', ExpirationInDays: 90 },
        ],
      },
    });
  });

  it('takes uploads from the pages of the API', () => {
    template.hasResourceProperties('AWS::S3::Bucket', {
      CorsConfiguration: {
        CorsRules: [Match.objectLike({ AllowedOrigins: ['https://app.example.com'], AllowedMethods: ['POST', 'PUT', 'GET', 'HEAD'] })],
      },
    });
  });

  it('tells the queue of every upload of a folder, and of no variant', () => {
    const queue = { 'Fn::GetAtt': [idOf('AWS::SQS::Queue', 'ArrivalsWorkQueue'), 'Arn'] };
    const notification = (prefix: string) => ({
      Event: 's3:ObjectCreated:*',
      Queue: queue,
      Filter: { S3Key: { Rules: [{ Name: 'prefix', Value: prefix }] } },
    });
    template.hasResource('AWS::S3::Bucket', {
      DependsOn: [idOf('AWS::SQS::QueuePolicy', 'ArrivalsWorkQueue')],
      Properties: {
        NotificationConfiguration: { QueueConfigurations: ['avatars/', 'logos/', 'photos/', 'papers/'].map(notification) },
      },
    });
    template.hasResourceProperties('AWS::SQS::QueuePolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: 'sqs:SendMessage',
            Principal: { Service: 's3.amazonaws.com' },
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          }),
        ]),
      },
    });
  });

  it('FI15 hides a message for at least six times as long as the function may run, and puts it aside after five failures', () => {
    const [, queue] = Object.entries(template.findResources('AWS::SQS::Queue')).find(([id]) => id.includes('ArrivalsWorkQueue')) ?? [];
    const [, target] =
      Object.entries(template.findResources('AWS::Lambda::Function')).find(([id]) => id.includes('ArrivalsFunction')) ?? [];
    expect(queue?.['Properties'].VisibilityTimeout).toBeGreaterThanOrEqual(6 * target?.['Properties'].Timeout);
    expect(queue?.['Properties']).toMatchObject({ SqsManagedSseEnabled: true, RedrivePolicy: { maxReceiveCount: 5 } });
  });

  it('has failed messages of a batch come again alone', () => {
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      EventSourceArn: { 'Fn::GetAtt': [idOf('AWS::SQS::Queue', 'ArrivalsWorkQueue'), 'Arn'] },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 10 },
    });
  });

  it('FI10 follows the table, bisects what fails, gives up after ten times and keeps note of it', () => {
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      EventSourceArn: { 'Fn::GetAtt': [idOf('AWS::DynamoDB::Table', 'Table'), 'StreamArn'] },
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 10,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': [idOf('AWS::SQS::Queue', 'SweeperDeadLetters'), 'Arn'] } } },
    });
  });

  it('makes the table with its indexes, its stream and its expiry', () => {
    template.hasResource('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Delete',
      Properties: {
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
        StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
        GlobalSecondaryIndexes: ['place', 'ownerPlace'].map((partition) =>
          Match.objectLike({
            KeySchema: [
              { AttributeName: partition, KeyType: 'HASH' },
              { AttributeName: 'id', KeyType: 'RANGE' },
            ],
          }),
        ),
      },
    });
  });

  it('serves public folders to everybody, and everything else to who has a signed link', () => {
    const [distribution] = Object.values(template.findResources('AWS::CloudFront::Distribution'));
    const { CacheBehaviors: behaviors, DefaultCacheBehavior: byDefault, ...config } = distribution?.['Properties'].DistributionConfig ?? {};
    const facts = [...behaviors, { PathPattern: '*', ...byDefault }].map((behavior: Record<string, unknown>) => [
      behavior['PathPattern'],
      String(behavior['TargetOriginId']).includes('OriginGroup') ? 'S3, then variants' : 'S3',
      behavior['TrustedKeyGroups'] === undefined ? 'open' : 'signed',
    ]);
    expect(facts).toEqual([
      ['variants/avatars/*', 'S3, then variants', 'open'],
      ['avatars/*', 'S3', 'open'],
      ['logos/*', 'S3', 'open'],
      ['variants/*', 'S3, then variants', 'signed'],
      ['*', 'S3', 'signed'],
    ]);
    expect(config).toMatchObject({ Enabled: true, HttpVersion: 'http2and3', PriceClass: 'PriceClass_100' });
    for (const behavior of [...behaviors, byDefault]) {
      expect(behavior).toMatchObject({ ViewerProtocolPolicy: 'https-only', AllowedMethods: ['GET', 'HEAD'] });
      expect(behavior.OriginRequestPolicyId).toBeUndefined();
    }
  });

  it('hands nothing of a request on but how a private file is saved', () => {
    const policies = Object.values(template.findResources('AWS::CloudFront::CachePolicy')).map(
      (policy) => policy['Properties'].CachePolicyConfig,
    );
    const forwarded = policies.map(({ ParametersInCacheKeyAndForwardedToOrigin: parameters }) => ({
      query: parameters.QueryStringsConfig.QueryStrings ?? [],
      cookies: parameters.CookiesConfig.CookieBehavior,
      headers: parameters.HeadersConfig.HeaderBehavior,
    }));
    expect(forwarded).toEqual([
      { query: [], cookies: 'none', headers: 'none' },
      { query: ['response-content-disposition'], cookies: 'none', headers: 'none' },
    ]);
    expect(policies.map(({ MaxTTL }) => MaxTTL)).toEqual([31_536_000, 300]);
  });

  it('ST05 lets nothing that it serves run: nosniff, sandbox, no referrer, no credentials', () => {
    template.hasResourceProperties('AWS::CloudFront::ResponseHeadersPolicy', {
      ResponseHeadersPolicyConfig: {
        SecurityHeadersConfig: {
          ContentTypeOptions: { Override: true },
          ContentSecurityPolicy: { ContentSecurityPolicy: Match.stringLikeRegexp("^sandbox; default-src 'none'"), Override: true },
          ReferrerPolicy: { ReferrerPolicy: 'no-referrer', Override: true },
        },
        CorsConfig: { AccessControlAllowCredentials: false, AccessControlAllowOrigins: { Items: ['https://app.example.com'] } },
      },
    });
  });

  it('reaches its origins with signed requests only', () => {
    const controls = Object.values(template.findResources('AWS::CloudFront::OriginAccessControl')).map(
      (control) => control['Properties'].OriginAccessControlConfig,
    );
    expect(controls.map(({ OriginAccessControlOriginType: type, SigningBehavior: signs }) => [type, signs])).toEqual([
      ['s3', 'always'],
      ['lambda', 'always'],
    ]);
    template.hasResourceProperties('AWS::Lambda::Url', { AuthType: 'AWS_IAM' });
  });

  it('signs links with a key that is made at deploy and stays in its secret', () => {
    template.hasResourceProperties('AWS::SecretsManager::Secret', { GenerateSecretString: Match.absent(), SecretString: Match.absent() });
    template.hasResourceProperties('Custom::PlinthLinkKey', { SecretId: { Ref: idOf('AWS::SecretsManager::Secret', 'Secret1') } });
    template.hasResourceProperties('AWS::CloudFront::PublicKey', {
      PublicKeyConfig: { EncodedKey: { 'Fn::GetAtt': [idOf('Custom::PlinthLinkKey', 'Key1'), 'PublicKey'] } },
    });
    expect(actionsOf(template, 'LinkKey')).toEqual([
      ...['logs:CreateLogStream', 'logs:PutLogEvents', 'secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue'],
    ]);
  });

  it('has the function of variants read and write nothing outside of the folders that have variants', () => {
    expect(actionsOf(template, 'Variants').filter((action) => !action.startsWith('logs:'))).toEqual([
      ...['s3:DeleteObject', 's3:GetObject', 's3:PutObject'],
    ]);
    const arn = (path: string) => JSON.stringify({ 'Fn::Join': ['', [{ 'Fn::GetAtt': [bucketId, 'Arn'] }, path]] });
    expect(resourcesOf('Variants', 's3:GetObject')).toEqual([arn('/avatars/*'), arn('/photos/*')]);
    expect(resourcesOf('Variants', 's3:PutObject')).toEqual([arn('/variants/avatars/*'), arn('/variants/photos/*')]);
  });

  it('gives the function of the API what it hands on to clients, on its folders, and no right to list or delete objects', () => {
    const actions = actionsOf(template, 'FilesFunction').filter((action) => !action.startsWith('logs:'));
    expect(actions).not.toContain('dynamodb:Scan');
    expect(actions.filter((action) => action.startsWith('s3:'))).toEqual([
      ...['s3:AbortMultipartUpload', 's3:GetObject', 's3:ListMultipartUploadParts', 's3:PutObject'],
    ]);
    expect(
      resourcesOf('Function', 's3:AbortMultipartUpload').every((resource) => /\/(avatars|logos|photos|papers)\/\*/.test(resource)),
    ).toBe(true);
  });

  it('empties the bucket when the stack goes', () => {
    template.hasResourceProperties('Custom::PlinthEmptyBucket', { BucketName: { Ref: bucketId } });
    expect(actionsOf(template, 'EmptyBucket').filter((action) => action.startsWith('s3:'))).toEqual([
      ...['s3:DeleteObject', 's3:DeleteObjectVersion', 's3:GetBucketTagging', 's3:ListBucketVersions'],
    ]);
    template.hasResourceProperties('AWS::S3::Bucket', { Tags: [{ Key: 'plinth:empty-on-delete', Value: 'true' }] });
  });

  it('grants no action and no object of the bucket as a whole, but to empty it', () => {
    const others = statementsOf(template).filter(({ policy }) => isFiles(policy) && !policy.includes('EmptyBucket'));
    for (const { policy, Action, Resource } of others) {
      expect([policy, ...[Action].flat()].filter((action) => action.includes('*'))).toEqual([]);
      expect([Resource].flat()).not.toContain('*');
      expect(JSON.stringify(Resource)).not.toContain('Arn"]},"/*"');
    }
  });

  it('answers every route, and describes it', () => {
    const keys = Object.values(template.findResources('AWS::ApiGatewayV2::Route')).map((route) => route['Properties'].RouteKey);
    expect(keys).toEqual(expect.arrayContaining(Object.values(filesRoutes).map(({ method, path }) => `${method} ${path}`)));
  });

  it('brings sharp in a layer, for arm64', () => {
    template.hasResourceProperties('AWS::Lambda::LayerVersion', { CompatibleArchitectures: ['arm64'] });
    template.hasResourceProperties('AWS::Lambda::Function', {
      Layers: [{ Ref: idOf('AWS::Lambda::LayerVersion', 'Sharp') }],
      MemorySize: 2_048,
      Architectures: ['arm64'],
    });
  });

  it('gives its parts out', () => {
    expect([built.bucket, built.table, built.distribution, built.files, built.arrivals, built.sweeper, built.variants]).not.toContain(
      undefined,
    );
    expect(built.definition.folders['avatars']?.isPublic).toBe(true);
  });
});

describe('Files in production', () => {
  const { template } = synthFiles({}, 'production');

  it('ST13 keeps data when the stack goes, and what is deleted for 30 days', () => {
    template.hasResource('AWS::S3::Bucket', {
      DeletionPolicy: 'Retain',
      Properties: {
        VersioningConfiguration: { Status: 'Enabled' },
        LifecycleConfiguration: {
          Rules: Match.arrayWith([
            { Id: 'EndDeleted', Status: 'Enabled', NoncurrentVersionExpiration: { NoncurrentDays: 30 }, ExpiredObjectDeleteMarker: true },
          ]),
        },
      },
    });
    template.resourceCountIs('Custom::PlinthEmptyBucket', 0);
    // What empties the bucket of a stack that was of development looks for the tag, and leaves the bucket alone.
    template.hasResourceProperties('AWS::S3::Bucket', { Tags: Match.absent() });
    const [, table] = Object.entries(template.findResources('AWS::DynamoDB::Table')).find(([id]) => isFiles(id)) ?? [];
    expect(table).toMatchObject({ DeletionPolicy: 'Retain', Properties: { DeletionProtectionEnabled: true } });
  });
});

describe('Files with everything set', () => {
  const { template } = synth((stack) => {
    const api = new Api(stack, 'Api');
    const auth = new Auth(stack, 'Auth', { api });
    const certificate = Certificate.fromCertificateArn(stack, 'Certificate', 'arn:aws:acm:us-east-1:123456789012:certificate/x');
    return new Files<Folders>(stack, 'Files', {
      api,
      auth,
      folders: { logos: folders.logos, photos: folders.photos },
      malwareProtection: true,
      linkKeyVersion: 3,
      variantsConcurrency: 5,
      corsOrigins: ['https://files.example.com'],
      memorySizeMb: 512,
      cdn: {
        domainNames: ['cdn.example.com'],
        certificate,
        priceClass: PriceClass.PRICE_CLASS_ALL,
        webAclId: 'arn:aws:wafv2:us-east-1:123456789012:global/webacl/x/1',
      },
    });
  });

  it('serves at the own domain, with TLS 1.2 at least', () => {
    template.hasResourceProperties('AWS::CloudFront::Distribution', {
      DistributionConfig: {
        Aliases: ['cdn.example.com'],
        PriceClass: 'PriceClass_All',
        WebACLId: 'arn:aws:wafv2:us-east-1:123456789012:global/webacl/x/1',
        ViewerCertificate: Match.objectLike({ MinimumProtocolVersion: 'TLSv1.2_2021', SslSupportMethod: 'sni-only' }),
      },
    });
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: Match.objectLike({ FILES_CDN_URL: 'https://cdn.example.com' }) },
    });
  });

  it('takes the links of the key before, and no older ones', () => {
    const keys = Object.keys(template.findResources('AWS::CloudFront::PublicKey'));
    expect(keys.map((id) => /PublicKey(\d)/.exec(id)?.[1])).toEqual(['3', '2']);
    template.hasResourceProperties('AWS::CloudFront::KeyGroup', { KeyGroupConfig: { Items: keys.map((Ref) => ({ Ref })) } });
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: Match.objectLike({ FILES_LINK_KEY_ID: { Ref: keys[0] } }) },
    });
  });

  it('bounds how many variants are made at one moment', () => {
    template.hasResourceProperties('AWS::Lambda::Function', { ReservedConcurrentExecutions: 5 });
  });

  it('has uploads scanned, and waits for the outcome', () => {
    template.hasResourceProperties('AWS::GuardDuty::MalwareProtectionPlan', {
      Actions: { Tagging: { Status: 'ENABLED' } },
      ProtectedResource: { S3Bucket: { ObjectPrefixes: ['logos/', 'photos/'] } },
    });
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: Match.objectLike({ 'detail-type': ['GuardDuty Malware Protection Object Scan Result'] }),
      Targets: [Match.objectLike({ Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('ArrivalsWorkQueue'), 'Arn'] } })],
    });
    template.hasResourceProperties('AWS::S3::Bucket', {
      NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true }, QueueConfigurations: Match.absent() },
    });
  });

  it('lets nobody read what was not found clean', () => {
    template.hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: 'Deny',
            Action: 's3:GetObject',
            Principal: { Service: 'cloudfront.amazonaws.com', AWS: Match.anyValue() },
            Condition: { StringNotEquals: { 's3:ExistingObjectTag/GuardDutyMalwareScanStatus': 'NO_THREATS_FOUND' } },
          }),
        ]),
      },
    });
  });
});

describe('Files with resources of one’s own', () => {
  const { template, built } = synth((stack) => {
    const api = new Api(stack, 'Api');
    const auth = new Auth(stack, 'Auth', { api });
    const bucket = new Bucket(stack, 'Mine', { removalPolicy: RemovalPolicy.RETAIN, lifecycleRules: [{ expiration: Duration.days(1) }] });
    const table = new Table(stack, 'Rows', {
      partitionKey: { name: 'id', type: AttributeType.STRING },
      stream: 'NEW_AND_OLD_IMAGES' as never,
    });
    return new Files<Folders>(stack, 'Files', { api, auth, folders: { logos: folders.logos }, bucket, table });
  });

  it('makes no bucket and no table', () => {
    expect(Object.keys(template.findResources('AWS::S3::Bucket'))).toEqual([expect.stringMatching(/^Mine/)]);
    expect(Object.keys(template.findResources('AWS::DynamoDB::Table')).filter(isFiles)).toEqual([]);
    expect(built.bucket.node.id).toBe('Mine');
  });

  it('has the bucket tell of uploads', () => {
    template.hasResourceProperties('Custom::S3BucketNotifications', {
      NotificationConfiguration: { QueueConfigurations: [Match.objectLike({ Events: ['s3:ObjectCreated:*'] })] },
    });
  });

  it('makes no function of variants if no folder has any', () => {
    expect(built.variants).toBeUndefined();
    template.resourceCountIs('AWS::Lambda::Url', 0);
    template.resourceCountIs('AWS::Lambda::LayerVersion', 0);
  });
});

describe('Files that cannot be', () => {
  const build = (props: Partial<FilesProps<Folders>>): Files<Folders> => {
    const stack = emptyStack();
    const api = new Api(stack, 'Api');
    return new Files<Folders>(stack, 'Files', { api, auth: new Auth(stack, 'Auth', { api }), folders: { logos: folders.logos }, ...props });
  };

  it.each<[string, Partial<FilesProps<Folders>>, RegExp]>([
    ['a record without models', { folders: { papers: folders.papers } }, /there is no model Note: declare it in data\.models/],
    ['a key of version 0', { linkKeyVersion: 0 }, /linkKeyVersion is 0/],
    [
      'more public folders than CloudFront can tell apart',
      { folders: Object.fromEntries(Array.from({ length: 75 }, (_, index) => [`f${index}`, folder(`f${index}`, folders.logos.options)])) },
      /so many public folders that CloudFront needs 75 behaviors/,
    ],
  ])('refuses %s', (_name, props, message) => {
    expect(() => build(props)).toThrow(message);
  });

  it('refuses a table without a stream', () => {
    const stack = emptyStack();
    const api = new Api(stack, 'Api');
    const table = new Table(stack, 'Rows', { partitionKey: { name: 'id', type: AttributeType.STRING } });
    const props = { api, auth: new Auth(stack, 'Auth', { api }), folders: { logos: folders.logos }, table };
    expect(() => new Files<Folders>(stack, 'Files', props)).toThrow(/table has no stream/);
  });

  it('refuses a record whose table is not given', () => {
    const stack = emptyStack();
    const api = new Api(stack, 'Api');
    const auth = new Auth(stack, 'Auth', { api });
    const { models } = new Data(stack, 'Data', { api, auth, models: { Note } });
    const props = { api, auth, folders: { papers: folders.papers }, records: { models, tables: {} } };
    expect(() => new Files<Folders>(stack, 'Files', props)).toThrow(/records\.tables has no table of Note/);
  });

  it('warns of a folder that nobody can reach', () => {
    const { stack } = synthFiles({ folders: { dead: folder('dead', { access: () => [], types: ['image/*'] }) } });
    Annotations.fromStack(stack).hasWarning('*', Match.stringLikeRegexp('folders\\.dead\\.access has no rules'));
  });
});
