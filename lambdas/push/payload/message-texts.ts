import type { CompiledPush } from '../../../contracts/compiled.ts';
import type { FieldError } from '../../../contracts/errors.ts';
import type { PushMessage } from '../../../contracts/push.ts';
import { escapePointer } from '../../runtime/json-pointer.ts';
import { validationError } from '../../runtime/validate-body.ts';

/** What a person reads. A message without both is data only. */
export interface MessageTexts {
  readonly title?: string;
  readonly body?: string;
}

const placeholder = /\{\{\s*([\w.-]+)\s*\}\}/g;

const missingValue = (name: string): FieldError => ({
  pointer: `/template/values/${escapePointer(name)}`,
  code: 'required',
  detail: `The template needs a value for {{${name}}}.`,
});

/** Puts the values in, each place once: what comes out of a value is text, whatever it looks like. */
const fill = (text: string, values: Readonly<Record<string, string>>, faults: FieldError[]): string =>
  text.replace(placeholder, (_, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined) faults.push(missingValue(name));
    return value ?? '';
  });

/**
 * The texts of a message in one language of the definition.
 *
 * @throws ApiError `validation_failed` for a template that is not there, and for values that it lacks
 */
export const messageTexts = (message: PushMessage, locale: string, push: CompiledPush): MessageTexts => {
  if (message.template === undefined) {
    return { ...(message.title !== undefined && { title: message.title }), ...(message.body !== undefined && { body: message.body }) };
  }
  const { name, values = {} } = message.template;
  const template = Object.hasOwn(push.templates, name) ? push.templates[name] : undefined;
  if (template === undefined) {
    const known = Object.keys(push.templates).join(', ') || 'none';
    throw validationError([{ pointer: '/template/name', code: 'unknown', detail: `There is no template ${name}. There are: ${known}.` }]);
  }
  const faults: FieldError[] = [];
  const [first = ''] = push.locales;
  const inLocale = (texts: Readonly<Record<string, string>>) => fill(texts[locale] ?? texts[first] ?? '', values, faults);
  const texts = { title: inLocale(template.title), body: inLocale(template.body) };
  if (faults.length > 0) throw validationError([...new Map(faults.map((fault) => [fault.pointer, fault])).values()]);
  return texts;
};
