import { callHook, data, requestValidators, validators } from '@compiled/data';
import type { CompiledModel, ModelValidators, Validator } from '../../contracts/compiled.ts';
import { ApiError } from '../../contracts/errors.ts';
import { requiredVariable } from '../runtime/environment.ts';

/** What the handlers know of one model. */
export interface ModelEntry {
  readonly model: CompiledModel;
  readonly validators: ModelValidators;
  readonly table: string;
}

const toEntry = (name: string, model: CompiledModel): ModelEntry => {
  const own = validators[name];
  if (own === undefined) throw new Error(`the model ${name} has no validators: compile the definition again`);
  if (callHook !== undefined) for (const variable of Object.values(model.hooks ?? {})) requiredVariable(variable);
  return { model, validators: own, table: requiredVariable(model.tableVariable) };
};

const entries: ReadonlyMap<string, ModelEntry> = new Map(Object.entries(data.models).map(([name, model]) => [name, toEntry(name, model)]));

/** Finds a model that the definition names. */
export const findModel = (name: string): ModelEntry => {
  const entry = entries.get(name);
  if (entry === undefined) throw new Error(`the model ${name} is not compiled`);
  return entry;
};

/** Only a part of the models is there: this is a function of the backend, and not its API. */
const unknownModel = data.isPart
  ? 'There is no such model for this function. Name it in the function’s `access`.'
  : 'There is no such model. See /openapi.json for the models of this API.';

/**
 * Finds a model by the name that a request gives.
 *
 * @throws ApiError `unknown_model`
 */
export const requestedModel = (name: string | undefined): ModelEntry => {
  const entry = entries.get(name ?? '');
  if (entry === undefined || entry.model.closed) throw new ApiError('unknown_model', unknownModel);
  return entry;
};

/** The validator of the body of a route that is about no single model. */
export const requestValidator = (routeKey: string): Validator => {
  const validator = requestValidators[routeKey];
  if (validator === undefined) throw new Error(`the route ${routeKey} has no validator: compile the definition again`);
  return validator;
};
