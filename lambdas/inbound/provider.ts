import type { CompiledInboundProvider } from '../../contracts/inbound.ts';

/** A webhook as it came. Nothing of its body has been looked into. */
export interface ReceivedWebhook {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly rawBody: string;
  /** What the definition says of the service. */
  readonly provider: CompiledInboundProvider;
  /** Those that count now: two or more while one takes the place of another. */
  readonly secrets: readonly string[];
  readonly nowMs: number;
}

/** What is known of a webhook once its signature is right. Undefined is what the service does not tell by itself. */
export interface Happening {
  /** The id that the service gave it: the same whenever it sends it again. */
  readonly id: string | undefined;
  readonly type: string | undefined;
}

/** How one kind of service signs its webhooks and names what happened. One file a kind: docs/adding-an-integration.md. */
export interface Provider {
  /**
   * Checks the signature, before anything of the body is looked into.
   *
   * @throws ApiError `invalid_signature`, `stale_signature`
   */
  readonly verify: (webhook: ReceivedWebhook) => void;
  /** Whether a text can be a secret of the service. @default any text */
  readonly isSecret?: (text: string) => boolean;
  /** @param body what the JSON says; of other bodies the text */
  readonly describe: (webhook: ReceivedWebhook, body: unknown) => Happening;
}
