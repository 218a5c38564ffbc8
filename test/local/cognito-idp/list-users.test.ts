import { AdminCreateUserCommand, ListUsersCommand } from '@aws-sdk/client-cognito-identity-provider';
import fc from 'fast-check';
import { parseUserFilter } from '../../../local/services/cognito-idp/operations/list-users.ts';
import { AwsError } from '../../../local/services/service.ts';
import { type LocalCognito, refusal, startLocalCognito } from './support/local-cognito.ts';

let local: LocalCognito;
beforeAll(async () => {
  local = await startLocalCognito();
});
afterAll(() => local.stop());

describe('parseUserFilter', () => {
  it('gives back every value that was quoted', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.constantFrom('=', '^='), (value, operator) => {
        const quoted = value.replaceAll(/[\\"]/g, '\\$&');
        expect(parseUserFilter(`email ${operator} "${quoted}"`)).toEqual({ attribute: 'email', operator, value });
      }),
    );
  });

  it('refuses everything else as a request error', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          parseUserFilter(text);
        } catch (error) {
          expect(error).toBeInstanceOf(AwsError);
        }
      }),
    );
  });
});

describe('ListUsers', () => {
  const list = (input: object) => local.admin.send(new ListUsersCommand({ UserPoolId: local.other.poolId, ...input }));
  const emails = (Users: { Attributes?: { Name?: string; Value?: string }[] }[] = []) =>
    Users.map((user) => user.Attributes?.find((attribute) => attribute.Name === 'email')?.Value);

  beforeAll(async () => {
    for (let index = 0; index < 65; index += 1) {
      const name = { Name: 'name', Value: index % 2 === 0 ? 'Even' : 'O"dd' };
      const input = {
        UserPoolId: local.other.poolId,
        Username: `user${String(index).padStart(2, '0')}@x.com`,
        UserAttributes: [name],
        MessageAction: 'SUPPRESS' as const,
      };
      await local.admin.send(new AdminCreateUserCommand(input));
    }
  });

  it.each([
    ['email', 'Error while parsing filter.'],
    ['email = user', 'Error while parsing filter.'],
    ['email > "a"', 'Error while parsing filter.'],
    ['email = "a" or name = "b"', 'Error while parsing filter.'],
    ['custom:plan = "gold"', 'Invalid search attribute: custom:plan'],
    ['password_hash ^= "scrypt"', 'Invalid search attribute: password_hash'],
    ['email = "a" --"', 'Error while parsing filter.'],
  ])('refuses the filter %s', async (Filter, message) => {
    expect(await refusal(list({ Filter }))).toBe(`InvalidParameterException: ${message}`);
  });

  it('refuses a limit above 60 and a made-up token', async () => {
    expect(await refusal(list({ Limit: 61 }))).toContain('InvalidParameterException: 1 validation error detected');
    expect(await refusal(list({ PaginationToken: '***' }))).toContain('InvalidParameterException');
  });

  it.each([
    ['email = "USER07@x.com"', 1],
    ['email ^= "user0"', 10],
    ['email ^= "USER6"', 5],
    ['email ^= "%"', 0],
    ['name = "O\\"dd"', 32],
    ['status = "Enabled"', 60],
    ['status = "Disabled"', 0],
    ['cognito:user_status = "FORCE_CHANGE_PASSWORD"', 60],
    ['cognito:user_status = "CONFIRMED"', 0],
  ])('finds by %s', async (Filter, count) => {
    const { Users = [] } = await list({ Filter });
    expect(Users).toHaveLength(count);
  });

  it.each([{}, { Filter: 'email ^= "user"' }])('gives every user once over the pages of %j', async (input) => {
    const seen: (string | undefined)[] = [];
    let PaginationToken: string | undefined;
    do {
      const page = await list({ ...input, Limit: 13, PaginationToken });
      seen.push(...emails(page.Users));
      PaginationToken = page.PaginationToken;
    } while (PaginationToken !== undefined);
    expect(seen).toHaveLength(65);
    expect(new Set(seen).size).toBe(65);
  });

  it('gives only the attributes asked for', async () => {
    const { Users } = await list({ Filter: 'email = "user07@x.com"', AttributesToGet: ['email'] });
    expect(Users?.[0]?.Attributes).toEqual([{ Name: 'email', Value: 'user07@x.com' }]);
  });
});
