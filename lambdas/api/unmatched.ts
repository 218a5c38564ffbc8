import { api } from '@compiled/api';
import { ApiError } from '../../contracts/errors.ts';

const isParameter = (segment: string): boolean => segment.startsWith('{');

const routes = api.routes.map(({ method, path }) => ({ method, template: path.split('/') }));

/** A parameter stands for one segment that is not empty, as in the gateway. */
const fits = (template: readonly string[], segments: readonly string[]): boolean =>
  template.length === segments.length &&
  template.every((part, index) => (isParameter(part) ? segments[index] !== '' : part === segments[index]));

/** The methods that some route takes at this path, in the spelling of `Allow`. */
const allowedMethods = (path: string): readonly string[] => {
  const segments = path.split('/');
  const methods = new Set(routes.filter(({ template }) => fits(template, segments)).map(({ method }) => method));
  if (methods.has('GET')) methods.add('HEAD');
  return [...methods].sort();
};

/** The refusal of a request that no route of the gateway takes: 404, or 405 when the path is right and the method is not. */
export const unmatched = (path: string): ApiError => {
  const allowed = allowedMethods(path).join(', ');
  if (allowed === '') return new ApiError('unknown_route', 'There is no such route. See /openapi.json for the routes of this API.');
  return new ApiError('method_not_allowed', `This path takes ${allowed}.`, { headers: { allow: allowed } });
};
