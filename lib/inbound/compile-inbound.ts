import {
  type CompiledInbound,
  type CompiledInboundProvider,
  type InboundProvider,
  type InboundProviders,
  inboundLimits,
  type ValueSource,
} from '../../contracts/inbound.ts';

/** Also a part of an event type and of a path. */
const namePattern = /^[a-z][A-Za-z0-9-]{0,39}$/;
/** Secrets Manager, CreateSecret, Name. */
const secretName = /^[A-Za-z0-9/_+=.@-]{1,512}$/;
const headerName = /^[A-Za-z0-9-]{1,64}$/;
const pointer = /^(?:\/[^/]+)+$/;
/** What was sent with a token is told to nobody else. */
const hidden: ReadonlySet<string> = new Set(['authorization', 'cookie', 'proxy-authorization']);

const quoted = (value: unknown): string => JSON.stringify(value);

const checkHeader = (at: string, name: string): string => {
  if (!headerName.test(name)) throw new Error(`${at} is ${quoted(name)}: use the name of a header, as x-signature`);
  return name.toLowerCase();
};

const checkSource = (at: string, source: ValueSource | undefined): ValueSource | undefined => {
  if (source === undefined) return undefined;
  if ('header' in source) return { header: checkHeader(`${at}.header`, source.header) };
  if (!pointer.test(source.pointer)) throw new Error(`${at}.pointer is ${quoted(source.pointer)}: use a JSON pointer, as /data/id`);
  return source;
};

const checkSignature = (at: string, { signature }: InboundProvider): InboundProvider['signature'] => {
  if (typeof signature === 'string') return signature;
  const { header, timestampHeader, payload = 'body', toleranceSeconds } = signature;
  if (payload === 'timestamp.body' && timestampHeader === undefined) {
    throw new Error(`${at}.signature signs "timestamp.body" but has no timestampHeader: name the header with the time`);
  }
  if (toleranceSeconds !== undefined && !(Number.isInteger(toleranceSeconds) && toleranceSeconds >= 1 && toleranceSeconds <= 86_400)) {
    throw new Error(`${at}.signature.toleranceSeconds is ${toleranceSeconds}: use a whole number from 1 to 86400`);
  }
  return {
    ...signature,
    header: checkHeader(`${at}.signature.header`, header),
    ...(timestampHeader !== undefined && { timestampHeader: checkHeader(`${at}.signature.timestampHeader`, timestampHeader) }),
  };
};

const checkBodyBytes = (at: string, bytes: number): number => {
  if (Number.isInteger(bytes) && bytes >= 1 && bytes <= inboundLimits.storedBytes) return bytes;
  throw new Error(`${at} is ${bytes}: use a whole number from 1 to ${inboundLimits.storedBytes}, which is what Lambda takes`);
};

const compileProvider = (name: string, provider: InboundProvider): CompiledInboundProvider => {
  const at = `inbound.${name}`;
  if (!namePattern.test(name)) {
    throw new Error(`inbound has ${quoted(name)}: use a small letter, then letters, digits and -, 40 in all at the most`);
  }
  if (!secretName.test(provider.secretName)) {
    throw new Error(
      `${at}.secretName is ${quoted(provider.secretName)}: use the name of a secret of Secrets Manager, of letters, digits and /_+=.@-`,
    );
  }
  const headers = (provider.headers ?? []).map((header, index) => checkHeader(`${at}.headers[${index}]`, header));
  const secret = headers.find((header) => hidden.has(header));
  if (secret !== undefined) throw new Error(`${at}.headers has ${quoted(secret)}, which may hold a secret: leave it out`);
  const [id, type] = [checkSource(`${at}.id`, provider.id), checkSource(`${at}.type`, provider.type)];
  return {
    secretName: provider.secretName,
    signature: checkSignature(at, provider),
    ...(id !== undefined && { id }),
    ...(type !== undefined && { type }),
    headers: [...new Set(headers)],
    maxBodyBytes: checkBodyBytes(`${at}.maxBodyBytes`, provider.maxBodyBytes ?? inboundLimits.bodyBytes),
  };
};

/**
 * The services that webhooks are taken of, as the handler knows them.
 *
 * @throws Error that names the option, shows the value and says what to do
 */
export const compileInbound = (providers: InboundProviders): CompiledInbound => {
  const entries = Object.entries(providers);
  if (entries.length === 0) throw new Error('inbound names no service: name one, or leave inbound out');
  return Object.fromEntries(entries.map(([name, provider]) => [name, compileProvider(name, provider)]));
};
