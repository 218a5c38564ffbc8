import type { LocalAddresses, TemplateResource } from './service.ts';

/** Where the server of a resource answers: port 0, any free one, when the run has set no port aside for it. */
export const serverUrl = ({ stackName, logicalId }: TemplateResource, { serverUrls }: LocalAddresses): string =>
  serverUrls?.get(`${stackName}/${logicalId}`) ?? 'http://127.0.0.1:0';

/** The port in an address of this machine. */
export const portOf = (url: string | undefined): number => (url === undefined ? 0 : Number(new URL(url).port || 0));
