import { emailReplies, emailRequests } from '../../contracts/email-schemas.ts';
import { jsonModule } from '../api/compiled-module.ts';
import { lambdaEntry } from '../api/lambda-entry.ts';
import { compileValidators } from '../schema/compile-validators.ts';
import type { JsonSchema } from '../schema/json-schema.ts';
import { zodToJsonSchema } from '../schema/zod-to-json-schema.ts';
import type { CompiledEmailOptions } from './compile-email.ts';

/** The schemas of requests, by route key. */
export const emailRequestSchemas = (): Readonly<Record<string, JsonSchema>> =>
  Object.fromEntries(
    Object.entries(emailRequests).map(([key, type]) => [key, zodToJsonSchema(type, 'input', `emailRequests.${key}`, 'trusted')]),
  );

/** The schemas of answers, by route key. */
export const emailReplySchemas = (): Readonly<Record<string, JsonSchema>> =>
  Object.fromEntries(
    Object.entries(emailReplies).map(([key, type]) => [key, zodToJsonSchema(type, 'output', `emailReplies.${key}`, 'trusted')]),
  );

/** The source of `@compiled/email` for functions that take messages. */
export const emailModule = ({ email, schemas }: CompiledEmailOptions): string => {
  const requests = emailRequestSchemas();
  const names = Object.keys(schemas);
  const values = Object.fromEntries(names.map((name, index) => [`values${index}`, schemas[name] as JsonSchema]));
  const entries = names.map((name, index) => `${JSON.stringify(name)}: values${index}`);
  return [
    jsonModule({ email }),
    compileValidators({ ...requests, ...values }),
    `\nexport const requestValidators = { ${Object.keys(requests).join(', ')} };\n`,
    `export const templateValidators = { ${entries.join(', ')} };\n`,
  ].join('');
};

/** The source of `@compiled/email` for functions that take none: what is on the queue is filled in. */
export const definitionModule = ({ email }: CompiledEmailOptions): string =>
  `${jsonModule({ email: { ...email, templates: {} } })}export const requestValidators = {};\nexport const templateValidators = {};\n`;

/** The source of `@compiled/email-transport`: only what sends is in the bundle. */
export const transportModule = ({ transport: { name }, attachFrom }: CompiledEmailOptions): string => {
  const sender = `export { sendMail } from ${JSON.stringify(lambdaEntry(`email/${name === 'ses' ? 'ses-client' : name}.ts`))};\n`;
  const reader =
    attachFrom.length === 0
      ? 'export const readBytes = undefined;\n'
      : `export { readBytes } from ${JSON.stringify(lambdaEntry('email/attachments-store.ts'))};\n`;
  return sender + reader;
};

/** The source of `@compiled/email-files`, for a function that may send along files of these folders. */
export const attachmentsModule = (folders: readonly string[]): string => {
  const finder =
    folders.length === 0
      ? 'export const findBytes = undefined;\n'
      : `export { findBytes } from ${JSON.stringify(lambdaEntry('files/find-bytes.ts'))};\n`;
  return `${finder}export const attachable = ${JSON.stringify(folders)};\n`;
};
