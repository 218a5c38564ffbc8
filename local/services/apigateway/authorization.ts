/** What an authorizer found out about a request that it let through. */
export interface Authorization {
  /** `requestContext.authorizer` of the event. */
  readonly eventContext: Readonly<Record<string, unknown>>;
  /** `$context.authorizer.*` of access logs. */
  readonly logValues: Readonly<Record<string, unknown>>;
}
