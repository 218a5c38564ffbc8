import { Clock } from '../../../../local/clock.ts';
import { Inbox } from '../../../../local/inbox.ts';
import { silentLog } from '../../../../local/log.ts';
import { cognitoIdp } from '../../../../local/services/cognito-idp/cognito-idp.ts';
import type { LocalContext, ResolvedResource } from '../../../../local/services/service.ts';

/** A process that signs users up into the folder it is given until somebody kills it; a line tells each that is done. */
const account = { accountId: '123456789012', region: 'eu-central-1', partition: 'aws' };
const pool: ResolvedResource = {
  ...{ logicalId: 'MainPool', stackName: 'Test', type: 'AWS::Cognito::UserPool', properties: { UsernameAttributes: ['email'] } },
  ...cognitoIdp.identify({ logicalId: 'MainPool', stackName: 'Test', type: 'AWS::Cognito::UserPool', properties: {} }, account, {
    apiUrl: '',
    endpointUrl: '',
  }),
};
const context = { account, folder: process.argv[2], clock: new Clock(), inbox: new Inbox(), log: silentLog, endpointUrl: '' };
const service = await cognitoIdp.start([pool], context as unknown as LocalContext);

for (let index = 0; ; index += 1) {
  const body = { UserPoolId: pool.ref, Username: `user${index}@x.com`, MessageAction: 'SUPPRESS' };
  await service.handle({
    ...{ method: 'POST', path: '/', query: new URLSearchParams(), headers: {}, operation: 'AdminCreateUser' },
    ...{ body: Buffer.from(JSON.stringify(body)), principal: { arn: 'root' }, authorize: () => {} },
  });
  process.stdout.write(`user${index}@x.com\n`);
}
