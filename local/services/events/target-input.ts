import { type BusEvent, eventTime } from './bus-event.ts';
import type { Rule, Target } from './rule.ts';

/** What a target gets for an event: all of it, a part, a text of its own, or what its transformer makes. */
export function targetInput({ input, inputPath, transformer }: Target, event: BusEvent, rule: Rule, now: number): string {
  if (input !== undefined) return input;
  if (inputPath !== undefined) return JSON.stringify(atPath(event, inputPath) ?? null);
  if (transformer === undefined) return JSON.stringify(event);
  const values: Record<string, unknown> = {
    'aws.events.rule-arn': rule.arn,
    'aws.events.rule-name': rule.name,
    'aws.events.event.ingestion-time': eventTime(now),
    'aws.events.event': { ...event, detail: undefined },
    'aws.events.event.json': event,
  };
  for (const [name, path] of Object.entries(transformer.paths)) values[name] = atPath(event, path);
  return fill(transformer.template, values);
}

/** Within quotes a value goes in as text, elsewhere as JSON. Of what is not there, an empty text is left. */
function fill(template: string, values: Readonly<Record<string, unknown>>): string {
  let isQuoted = false;
  return template.replace(/\\.|"|<([\w.-]+)>/gs, (found: string, name: string | undefined) => {
    if (found === '"') isQuoted = !isQuoted;
    if (name === undefined || !Object.hasOwn(values, name)) return found;
    const value = values[name];
    if (!isQuoted) return JSON.stringify(value) ?? '""';
    return typeof value === 'string' ? JSON.stringify(value).slice(1, -1) : JSON.stringify(value ?? '').replaceAll('"', '\\"');
  });
}

/** `$.detail.items[0]['a b']`; undefined where there is nothing. */
export function atPath(event: unknown, path: string): unknown {
  let value: unknown = event;
  for (const [, dotted, index, quoted] of path.slice(1).matchAll(/\.([\w-]+)|\[(\d+)\]|\['([^']+)'\]/g)) {
    const key = dotted ?? index ?? quoted ?? '';
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[key];
  }
  return value;
}
