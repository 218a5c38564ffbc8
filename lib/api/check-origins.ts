import { Token } from 'aws-cdk-lib';

/**
 * Refuses what browsers never send as `Origin`, so that no page is let in or kept out by a slip.
 *
 * @throws Error that shows the origin and what it should be
 */
export const checkOrigins = (origins: readonly string[]): readonly string[] => {
  if (origins.includes('*') && origins.length > 1)
    throw new Error(`corsOrigins has "*" beside others (${origins.join(', ')}): use one or the other`);
  for (const origin of origins) {
    if (origin === '*' || Token.isUnresolved(origin)) continue;
    const url = URL.canParse(origin) ? new URL(origin) : undefined;
    if (url?.origin !== origin || !/^https?:$/.test(url.protocol) || origin.includes('*')) {
      const hint = url === undefined || url.origin === 'null' || origin.includes('*') ? 'https://app.example.com' : url.origin;
      throw new Error(`corsOrigins has ${JSON.stringify(origin)}, which is no origin: write it as "${hint}", without a path`);
    }
  }
  return origins;
};
