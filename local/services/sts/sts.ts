import { renderXml } from '../../http/aws-protocol.ts';
import { AwsError, type LocalServiceType } from '../service.ts';

/** Security Token Service: tells callers who they are. */
export const sts: LocalServiceType = {
  signingName: 'sts',
  resourceTypes: [],
  identify: ({ logicalId }) => ({ ref: logicalId, attributes: {} }),
  start: async (_resources, { account }) => ({
    handle: async ({ operation, principal }) => {
      if (operation !== 'GetCallerIdentity') throw new AwsError('InvalidAction', `${operation} is not run locally.`);
      if (principal === undefined)
        throw new AwsError('MissingAuthenticationToken', 'Request is missing Authentication Token', { status: 403 });
      const result = renderXml([
        ['Arn', principal.arn],
        ['UserId', principal.arn.endsWith(':root') ? account.accountId : principal.arn.split('/').slice(1).join(':')],
        ['Account', account.accountId],
      ]);
      const body = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>${result}</GetCallerIdentityResult></GetCallerIdentityResponse>`;
      return { status: 200, headers: { 'content-type': 'text/xml' }, body };
    },
    dump: async () => ({}),
    dispose: async () => {},
  }),
};
