import type { CompiledModel } from '../../contracts/compiled.ts';
import type { OwnEvents } from '../../contracts/events.ts';
import { jsonModule } from '../api/compiled-module.ts';
import { compileValidators } from '../schema/compile-validators.ts';
import type { JsonSchema } from '../schema/json-schema.ts';
import { zodToJsonSchema } from '../schema/zod-to-json-schema.ts';

/** The source of `@compiled/events`: what the publisher knows of the models. */
export const eventsModule = (models: Readonly<Record<string, CompiledModel>>): string => {
  const known = Object.entries(models).map(([name, model]) => [name, { name, fields: model.fields }]);
  return jsonModule({ events: { models: Object.fromEntries(known) } });
};

/** The JSON Schemas of the data of events, by type. */
export const ownEventSchemas = (types: OwnEvents): Readonly<Record<string, JsonSchema>> =>
  Object.fromEntries(Object.entries(types).map(([type, schema]) => [type, zodToJsonSchema(schema, 'input', `events.types["${type}"]`)]));

/** The source of `@compiled/own-events`: the validators of the events that a function may send. */
export const ownEventsModule = (types: OwnEvents): string => {
  const schemas = Object.entries(ownEventSchemas(types));
  const byExport = Object.fromEntries(schemas.map(([, schema], index) => [`event${index}`, schema]));
  const entries = schemas.map(([type], index) => `${JSON.stringify(type)}: event${index}`);
  return `${compileValidators(byExport)}\nexport const eventValidators = { ${entries.join(', ')} };\n`;
};
