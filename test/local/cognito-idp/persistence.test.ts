import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetTokensFromRefreshTokenCommand, GetUserCommand } from '@aws-sdk/client-cognito-identity-provider';
import { cognitoIdp } from '../../../local/services/cognito-idp/cognito-idp.ts';
import { account, PASSWORD, passwordLogin, refusal, register, startLocalCognito, tokensOf } from './support/local-cognito.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cognito-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a user pool with a folder', () => {
  it('keeps users, sessions, lock-outs and signing keys over a restart', async () => {
    const first = await startLocalCognito({ folder });
    await register(first, 'ann@x.com');
    await register(first, 'locked@x.com');
    await Promise.all(Array.from({ length: 20 }, () => refusal(passwordLogin(first, 'locked@x.com', 'Wrong1password'))));
    const tokens = await tokensOf(first, 'ann@x.com');
    const dump = await first.service.dump();
    await first.stop();

    const second = await startLocalCognito({ folder });
    expect(await second.service.dump()).toEqual(dump);
    expect(await refusal(second.sdk.send(new GetUserCommand({ AccessToken: tokens.accessToken })))).toContain('accepted');
    const refresh = new GetTokensFromRefreshTokenCommand({ ClientId: second.clientId, RefreshToken: tokens.refreshToken });
    expect(await refusal(second.sdk.send(refresh))).toContain('accepted');
    expect(await refusal(passwordLogin(second, 'ann@x.com'))).toContain('accepted');
    second.clock.advance(-60_000);
    expect(await refusal(passwordLogin(second, 'locked@x.com'))).toBe('NotAuthorizedException: Password attempts exceeded');
    await second.stop();
  });

  it('lets nobody but its owner read the file, which holds no password and no refresh token', async () => {
    const local = await startLocalCognito({ folder });
    await register(local, 'ann@x.com');
    const { refreshToken } = await tokensOf(local, 'ann@x.com');
    await local.stop();
    const file = join(folder, 'cognito.sqlite');
    expect(statSync(file).mode & 0o077).toBe(0);
    const content = readFileSync(file, 'latin1');
    expect(content).toContain('ann@x.com');
    expect(content).not.toContain(PASSWORD);
    expect(content).not.toContain(refreshToken);
  });

  it('drops groups that have left the template', async () => {
    const first = await startLocalCognito({ folder, groups: [{ GroupName: 'old' }, { GroupName: 'kept' }] });
    await first.stop();
    const second = await startLocalCognito({ folder, groups: [{ GroupName: 'kept' }] });
    expect(JSON.stringify(await second.service.dump())).not.toContain('"old"');
    expect(JSON.stringify(await second.service.dump())).toContain('"kept"');
    await second.stop();
  });

  it('loses no acknowledged user when the process is killed', async () => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'support/crashing-pool.ts'), folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.setEncoding('utf8');
    for await (const chunk of child.stdout) {
      output += chunk;
      if (output.split('\n').length > 10) {
        break;
      }
    }
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    const acknowledged = output.split('\n').slice(0, -1);
    expect(acknowledged.length).toBeGreaterThanOrEqual(10);
    const local = await startLocalCognito({ folder });
    const dump = JSON.stringify(await local.service.dump());
    expect(acknowledged.filter((email) => !dump.includes(`"${email}"`))).toEqual([]);
    await local.stop();
  });
});

describe('identify', () => {
  const identify = (type: string, logicalId: string, stackName = 'Test', properties = {}) =>
    cognitoIdp.identify({ type, logicalId, stackName, properties }, account, { apiUrl: '', endpointUrl: '' });

  it('gives the same names at every start and others to other resources', () => {
    const pool = identify('AWS::Cognito::UserPool', 'Pool');
    expect(pool).toEqual(identify('AWS::Cognito::UserPool', 'Pool'));
    expect(pool.ref).toMatch(/^eu-central-1_[A-Za-z0-9]{9}$/);
    expect(pool.attributes).toEqual({
      UserPoolId: pool.ref,
      Arn: `arn:aws:cognito-idp:eu-central-1:123456789012:userpool/${pool.ref}`,
      ProviderName: `cognito-idp.eu-central-1.amazonaws.com/${pool.ref}`,
      ProviderURL: `https://cognito-idp.eu-central-1.amazonaws.com/${pool.ref}`,
    });
    const others = [identify('AWS::Cognito::UserPool', 'Other'), identify('AWS::Cognito::UserPool', 'Pool', 'Second')];
    expect(new Set([pool, ...others].map(({ ref }) => ref)).size).toBe(3);
  });

  it('names clients by 26 characters, groups and domains by their properties', () => {
    expect(identify('AWS::Cognito::UserPoolClient', 'Client').ref).toMatch(/^[a-z0-9]{26}$/);
    expect(identify('AWS::Cognito::UserPoolClient', 'Client').attributes['ClientSecret']).toBeUndefined();
    expect(identify('AWS::Cognito::UserPoolGroup', 'Group', 'Test', { GroupName: 'admins' }).ref).toBe('admins');
    expect(identify('AWS::Cognito::UserPoolDomain', 'Domain', 'Test', { Domain: 'my-app' }).ref).toBe('my-app');
  });
});
