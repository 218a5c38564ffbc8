import type { CompiledModel } from '../../contracts/compiled.ts';
import { systemFields } from '../../contracts/data.ts';
import { recordEvents, userEvents } from '../../contracts/events.ts';
import type { JsonSchema } from '../schema/json-schema.ts';

/** What is known of the data of events. */
export interface KnownEvents {
  readonly models: Readonly<Record<string, Pick<CompiledModel, 'fields'>>>;
  /** The schemas of the definition's own events, by type. */
  readonly own: Readonly<Record<string, JsonSchema>>;
}

const ofRecords = ['model', 'id', 'version', 'truncated'];
/** What an event never tells, by what has happened. */
const missingImage: Readonly<Record<string, string>> = { created: 'old', deleted: 'new' };

const recordFault = (verb: string, [image = '', field]: readonly string[], fields: CompiledModel['fields']): string | undefined => {
  if (image === missingImage[verb]) return `${image === 'old' ? 'a creation has no old' : 'a delete has no new'} record`;
  if (image !== 'new' && image !== 'old')
    return ofRecords.includes(image) ? undefined : `use new, old, ${ofRecords.join(', ')} of its data`;
  const known = [...systemFields, ...Object.keys(fields)];
  if (field === undefined || known.includes(field)) return undefined;
  return `the model has no field ${field}: use one of ${known.join(', ')}`;
};

/** Only what objects alone are says which members there are. */
const schemaFault = ([name, ...rest]: readonly string[], { properties }: JsonSchema): string | undefined => {
  if (name === undefined || properties === undefined) return undefined;
  const found = properties[name];
  return found === undefined ? `its schema has no ${name}: use one of ${Object.keys(properties).join(', ')}` : schemaFault(rest, found);
};

const faultOf = (type: string, names: readonly string[], { models, own }: KnownEvents): string | undefined => {
  const [noun = '', verb = ''] = type.split('.');
  const model = models[noun];
  if (model !== undefined) return recordFault(verb, names, model.fields);
  const schema = own[type];
  if (schema !== undefined) return schemaFault(names, schema);
  const isOfUser = (userEvents as readonly string[]).includes(type);
  return isOfUser && names[0] !== 'userId' ? 'use userId of its data: other things are read where they are needed' : undefined;
};

const typesOf = (type: string, { models, own }: KnownEvents): readonly string[] => {
  if (!type.endsWith('.*')) return [type];
  const noun = type.slice(0, -2);
  if (models[noun] !== undefined) return recordEvents.map((verb) => `${noun}.${verb}`);
  return Object.keys(own).filter((one) => one.startsWith(`${noun}.`));
};

/**
 * Refuses a place that events of these types do not have, as far as it is known what they have.
 *
 * @throws Error that names the option, shows the place and says what there is
 */
export const checkPlace = (path: string, types: readonly string[], known: KnownEvents, at: string): void => {
  const [first, ...names] = path.split('.');
  if (!/^(?:id|type|time|depth|cause|actor|data(?:\.[A-Za-z0-9_-]+)*)$/.test(path))
    throw new Error(`${at} takes ${JSON.stringify(path)}: use id, type, time, depth, cause, actor, data, or names behind "data."`);
  if (first !== 'data' || names.length === 0) return;
  for (const type of types.flatMap((one) => typesOf(one, known))) {
    const fault = faultOf(type, names, known);
    if (fault !== undefined) throw new Error(`${at} takes ${JSON.stringify(path)}, which ${type} does not have: ${fault}`);
  }
};
