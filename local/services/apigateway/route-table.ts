import type { Route } from './http-api.ts';

/** A route and the path parameters that it takes from a request's path. */
export interface RouteMatch {
  readonly route: Route;
  readonly parameters: Readonly<Record<string, string>> | undefined;
}

interface CompiledRoute {
  readonly route: Route;
  readonly method: string;
  readonly segments: readonly Segment[];
  readonly greedy: boolean;
}

type Segment = { readonly literal: string } | { readonly parameter: string };

/**
 * Finds the route of a request as HTTP APIs do: "1. full match for a route and method, 2. match for a route and method with a greedy path
 * variable, 3. the $default route". Among full matches a literal segment beats a variable, and a method beats `ANY`.
 *
 * Paths are compared letter by letter after one percent-decoding: case counts, an empty segment (`//`, a slash at the end) matches
 * nothing, and `.` or `..` are names like any other. So an odd spelling of a path never gets the handler of a route without its authorizer.
 */
export class RouteTable {
  readonly #routes: readonly CompiledRoute[];
  readonly #literal = new Map<string, RouteMatch>();
  readonly #default: Route | undefined;

  constructor(routes: readonly Route[]) {
    this.#default = routes.find((route) => route.key === '$default');
    const compiled = routes.filter((route) => route.key !== '$default').map(compile);
    for (const { route, segments } of compiled) {
      if (segments.every((segment) => 'literal' in segment)) this.#literal.set(route.key, { route, parameters: undefined });
    }
    this.#routes = compiled.filter(({ segments }) => segments.some((segment) => 'parameter' in segment)).sort(bySpecificity);
  }

  /** @param path decoded, with its first slash */
  match(method: string, path: string): RouteMatch | undefined {
    const literal = this.#literal.get(`${method} ${path}`) ?? this.#literal.get(`ANY ${path}`);
    if (literal !== undefined) return literal;
    const segments = path.slice(1).split('/');
    for (const candidate of this.#routes) {
      if (candidate.method !== 'ANY' && candidate.method !== method) continue;
      const parameters = matchSegments(candidate, segments);
      if (parameters !== undefined) return { route: candidate.route, parameters };
    }
    return this.#default && { route: this.#default, parameters: undefined };
  }
}

function compile(route: Route): CompiledRoute {
  const [method = 'ANY', path = '/'] = route.key.split(' ');
  const segments = path
    .slice(1)
    .split('/')
    .map((segment): Segment => {
      const [, parameter] = /^\{([^}+]+)\+?\}$/.exec(segment) ?? [];
      return parameter === undefined ? { literal: segment } : { parameter };
    });
  return { route, method, segments, greedy: path.endsWith('+}') };
}

function matchSegments({ segments, greedy }: CompiledRoute, path: readonly string[]): Record<string, string> | undefined {
  if (greedy ? path.length < segments.length : path.length !== segments.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const isRest = greedy && index === segments.length - 1;
    const value = isRest ? path.slice(index).join('/') : (path[index] ?? '');
    if ('literal' in segment ? segment.literal !== value : value === '') return undefined;
    if ('parameter' in segment) parameters[segment.parameter] = value;
  }
  return parameters;
}

function bySpecificity(a: CompiledRoute, b: CompiledRoute): number {
  if (a.greedy !== b.greedy) return a.greedy ? 1 : -1;
  if (a.greedy && a.segments.length !== b.segments.length) return b.segments.length - a.segments.length;
  for (const [index, segment] of a.segments.entries()) {
    const other = b.segments[index];
    if (other !== undefined && 'literal' in segment !== 'literal' in other) return 'literal' in segment ? -1 : 1;
  }
  return Number(a.method === 'ANY') - Number(b.method === 'ANY');
}
