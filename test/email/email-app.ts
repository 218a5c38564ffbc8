import { App, Stack } from 'aws-cdk-lib';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { z } from 'zod';
import { Backend, call, defineBackend, fn, folder, model, use } from '../../lib/index.ts';

/** What a test chooses. */
export interface EmailAppSettings {
  /** @default 'ses' */
  readonly transport?: 'ses' | 'smtp' | 'resend';
  /** What the secret of the transport holds. @default there is none */
  readonly secret?: string;
  readonly maxPerUserPerHour?: number;
  /** Sends files along, and has functions that do. @default false */
  readonly files?: boolean;
}

const settings = JSON.parse(process.env['TEST_APP_SETTINGS'] ?? '{}') as EmailAppSettings;
const { transport = 'ses', secret, maxPerUserPerHour, files = false } = settings;
const secretName = 'email/transport';

const ofOwner = { types: ['application/pdf', 'text/plain', 'application/zip'], maxSizeBytes: 50_000_000 } as const;
const models = { Order: model({ fields: { title: z.string() }, access: (allow) => [allow.owner(), allow.group('admins')] }) };
const folders = {
  invoices: folder('invoices/{owner}', { ...ofOwner, access: (allow) => [allow.owner()] }),
  papers: folder('papers/{owner}', { ...ofOwner, access: (allow) => [allow.owner()] }),
  scans: folder('scans/{Order}', { ...ofOwner, access: (allow) => [allow.record()] }),
};
const input = z.object({ address: z.string(), folder: z.string(), id: z.string(), as: z.enum(['system', 'caller']).default('system') });
const billing = <const N extends string>(name: N) =>
  [call(name, { access: (allow) => [allow.signedIn()], input, output: z.object({ result: z.unknown() }) })] as const;
const entry = 'test/email/code/bill.ts';
const functions = {
  bill: fn({ entry, on: billing('bill'), access: [use.email, use.files('invoices', 'read'), use.files('papers', 'read')] }),
  writes: fn({ entry, on: billing('writes'), access: [use.email, use.files('invoices', 'write')] }),
  plain: fn({ entry, on: billing('plain'), access: [use.email] }),
};

export const definition = defineBackend({
  data: { models: files ? models : ({} as typeof models) },
  files: { folders: files ? folders : ({} as typeof folders) },
  functions: files ? functions : ({} as typeof functions),
  integrations: {
    email: {
      from: 'Shop <hello@example.com>',
      replyTo: 'help@example.com',
      ...(transport !== 'ses' && { transport: transport === 'smtp' ? { smtp: { secretName } } : { resend: { secretName } } }),
      ...(maxPerUserPerHour !== undefined && { maxPerUserPerHour }),
      ...(files && { attachFrom: ['invoices', 'scans'] }),
      locales: ['en', 'de'],
      templates: {
        receipt: {
          subject: { en: 'Your order {{number}}', de: 'Ihre Bestellung {{number}}' },
          html: {
            en: '<h1>Thank you, {{name}}</h1><p>{{lines}}</p><p><a href="{{link}}" title="{{name}}">Your order</a></p>',
            de: '<h1>Danke, {{name}}</h1><p>{{lines}}</p><p><a href="{{link}}" title="{{name}}">Ihre Bestellung</a></p>',
          },
          values: z.object({
            number: z.string().max(40),
            name: z.string().max(200),
            lines: z.string().max(2_000),
            link: z.string().max(2_000),
          }),
        },
        welcome: {
          subject: 'Welcome',
          entry: 'test/email/welcome.mjml',
          values: z.object({ name: z.string().max(200), start: z.string().max(200) }),
        },
      },
    },
  },
});

if (process.env['TEST_APP_SETTINGS'] !== undefined) {
  const app = new App({ outdir: process.env['CDK_OUTDIR'] ?? 'cdk.out', analyticsReporting: false });
  const stack = new Stack(app, 'Mail');
  if (secret !== undefined) new CfnSecret(stack, 'TransportSecret', { name: secretName, secretString: secret });
  new Backend(stack, 'Backend', definition);
  app.synth();
}
