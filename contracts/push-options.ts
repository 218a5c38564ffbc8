import type { Rule, Who } from './access.ts';

/** What a rule can allow on a topic. */
export const topicOperations = ['subscribe', 'send'] as const;
export type TopicOperation = (typeof topicOperations)[number];

/** Words a rule on a topic: `allow.signedIn().to('subscribe')`. Immutable. */
export class TopicRule {
  readonly rule: Rule<TopicOperation>;

  constructor(rule: Rule<TopicOperation>) {
    this.rule = rule;
  }

  /** Narrows the rule. @default both */
  to(...allowed: readonly TopicOperation[]): TopicRule {
    return new TopicRule({ ...this.rule, operations: [...new Set(allowed)] });
  }
}

const rule = (who: Who): TopicRule => new TopicRule({ who, operations: topicOperations });

/** What `access: (allow) => [...]` of a topic is called with. */
export const allowTopic = {
  /** Members of a Cognito group, by its exact name. */
  group: (group: string): TopicRule => rule({ kind: 'group', group }),
  /** Whoever has a valid access token. */
  signedIn: (): TopicRule => rule({ kind: 'signedIn' }),
};
export type AllowTopic = typeof allowTopic;

/** A topic: who may hear it, and who may send to it. Admins may do both. */
export interface TopicOptions {
  readonly access: (allow: AllowTopic) => readonly TopicRule[];
}

/** A text with `{{name}}` for values that a send gives. Values are put in as they are; nothing of them is evaluated. */
export type TemplateText = string;

/** A message in all languages of the definition. */
export interface PushTemplate {
  readonly title: Readonly<Record<string, TemplateText>>;
  readonly body: Readonly<Record<string, TemplateText>>;
}

/** Push: which platforms, topics, languages and templates there are. */
export interface PushOptions {
  /**
   * Apple, by an authentication token. The secret of Secrets Manager holds JSON
   * `{ "signingKey": "-----BEGIN PRIVATE KEY-----…", "keyId": "…", "teamId": "…" }`.
   * @default no Apple devices
   */
  readonly apns?: {
    readonly secretName: string;
    readonly bundleId: string;
    /** Takes devices of development builds too. @default true, false in production */
    readonly sandbox?: boolean;
    /** Any text. A deployment with another one reads the secret again, as after a change of the key. @default none */
    readonly revision?: string;
  };
  /** Android, by FCM HTTP v1. The secret holds the JSON of a service account. @default no Android devices */
  readonly fcm?: {
    readonly secretName: string;
    /** Any text. A deployment with another one reads the secret again, as after a change of the key. @default none */
    readonly revision?: string;
  };
  /** Browsers, by Web Push (RFC 8030). The VAPID key pair is made at deploy. @default no browsers */
  readonly web?: {
    /** Whom push services may turn to: `mailto:` or `https:` (RFC 8292, section 2.1). */
    readonly subject: string;
    /** Hosts of push services beside those of Chrome, Firefox, Safari and Edge; `*.` matches below. @default none */
    readonly pushServices?: readonly string[];
  };
  /** Topics by name: 1 to 64 of letters, digits, `-` and `_`. @default none */
  readonly topics?: Readonly<Record<string, TopicOptions>>;
  /** Languages (BCP 47) of templates; the first is for devices with none of them. @default ['en'] */
  readonly locales?: readonly [string, ...string[]];
  /** @default none */
  readonly templates?: Readonly<Record<string, PushTemplate>>;
  /** Kinds of messages that a user can mute. @default none */
  readonly categories?: readonly string[];
  /** @default 20 */
  readonly maxDevicesPerUser?: number;
  /** How long messages and deliveries stay in the log, in days. @default 30 */
  readonly logDays?: number;
}
