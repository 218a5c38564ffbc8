/** Names that are none of the public internet: RFC 6761, RFC 6762, RFC 8375, RFC 9476, and `.internal` as ICANN has reserved it. */
const insideNames = /(?:^|\.)(?:localhost|local|internal|intranet|lan|corp|home|private|test|invalid|onion|alt|home\.arpa)$/;
const hostName = /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/;

/** What serves HTTPS apart from 443 does so from here on: the ports below are those of mail, shells and the like. */
export const leastOtherPort = 1_024;

/** Whether a name may be one of the public internet. A literal address is no name. */
export const isPublicName = (name: string): boolean => hostName.test(name) && !insideNames.test(name);
