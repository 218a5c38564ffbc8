import { createHmac, randomBytes } from 'node:crypto';
import { webhookLimits } from '../../contracts/webhooks.ts';
import type { StoredSecret } from '../../contracts/webhooks-table.ts';

const prefix = 'whsec_';

/** A new secret, as Standard Webhooks writes them. */
export const newSecret = (): string => `${prefix}${randomBytes(webhookLimits.secretBytes).toString('base64')}`;

/** The secrets of an endpoint that requests are signed with now. */
export const validSecrets = (secrets: readonly StoredSecret[], nowMs: number): readonly StoredSecret[] =>
  secrets.filter(({ expiresAt }) => expiresAt === undefined || Date.parse(expiresAt) > nowMs);

/** What is signed. */
export interface SignedMessage {
  readonly id: string;
  /** Seconds since the epoch. */
  readonly timestamp: number;
  readonly body: string;
}

/** The value of `webhook-signature`: one signature for each secret (Standard Webhooks, "Signature scheme"). */
export const signatureOf = ({ id, timestamp, body }: SignedMessage, secrets: readonly StoredSecret[]): string =>
  secrets
    .map(({ secret }) => {
      const key = Buffer.from(secret.slice(prefix.length), 'base64');
      return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
    })
    .join(' ');
