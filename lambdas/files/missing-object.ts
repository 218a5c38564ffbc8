/** The status of what S3 refused. */
export const statusOf = (error: unknown): number | undefined =>
  (error as { readonly $metadata?: { readonly httpStatusCode?: number } }).$metadata?.httpStatusCode;

/** Whether S3 has no such object. Who may not list a bucket gets 403 for what is not there. */
export const isMissing = (error: unknown): boolean => [403, 404].includes(statusOf(error) ?? 0);
