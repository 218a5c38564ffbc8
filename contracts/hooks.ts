// What hooks are asked, and what they may answer. Hooks run before a write and may refuse it or change what is written.

/** When a hook of a model runs. */
export const hookPoints = ['create', 'update', 'delete'] as const;
export type HookPoint = (typeof hookPoints)[number];

type Values = Readonly<Record<string, unknown>>;

/** Who wants the write; null for a guest. */
export interface HookCaller {
  /** The `sub`. */
  readonly id: string;
  readonly groups: readonly string[];
}

/** What the hook of a model is invoked with. Records have their fields and what the server sets, and nothing hidden. */
export type RecordHookEvent = {
  readonly kind: 'hook';
  readonly model: string;
  readonly id: string;
  readonly caller: HookCaller | null;
  readonly requestId: string;
} & (
  | { readonly point: 'create'; readonly new: Values }
  | {
      readonly point: 'update';
      readonly new: Values;
      readonly old: Values;
      /** The new values of the fields that change; null where one is removed. */
      readonly changes: Values;
    }
  | { readonly point: 'delete'; readonly old: Values }
);

/** What a hook is invoked with before somebody registers. */
export interface SignUpHookEvent {
  readonly kind: 'hook';
  readonly point: 'signUp';
  /** In its canonical form. */
  readonly email: string;
  readonly name?: string;
  readonly requestId: string;
}

/** The refusal of a hook. */
export interface HookRefusal {
  /** For whoever wanted the write: why not, and what to do. 1 to 1000 characters. */
  readonly detail: string;
  /** For programs: `snake_case`. It is in the `errors` of the problem. @default 'hook_refused' */
  readonly code?: string;
  /** @default 403 */
  readonly status?: (typeof hookStatuses)[number];
}

/** What a hook may answer: nothing, a refusal, or a merge patch (RFC 7396) of what is written. */
export type HookReply = null | undefined | { readonly refuse: HookRefusal } | { readonly amend: Values };

/** The statuses that a hook may refuse with. */
export const hookStatuses = [400, 403, 409, 422] as const;

/** Bounds of hooks. */
export const hookLimits = {
  /** How long a write waits for the hook, in milliseconds. */
  recordMs: 5_000,
  /** Cognito waits so long for a trigger ("Customizing user pool workflows with Lambda triggers"), in milliseconds. */
  signUpMs: 5_000,
  detailLength: 1_000,
  code: /^[a-z][a-z0-9_]{0,63}$/,
} as const;

/** Asks the function at an ARN; gives the JSON of its answer. */
export type CallHook = (functionArn: string, event: RecordHookEvent | SignUpHookEvent, timeoutMs: number) => Promise<string>;
