import fc from 'fast-check';
import { generateSecret } from '../../../local/services/secretsmanager/generate-secret.ts';

const kinds = {
  ExcludeLowercase: /[a-z]/,
  ExcludeUppercase: /[A-Z]/,
  ExcludeNumbers: /[0-9]/,
  ExcludePunctuation: /[^a-zA-Z0-9]/,
} as const;

describe('generateSecret', () => {
  it('refuses rules that leave no character', () => {
    expect(() =>
      generateSecret({ ExcludeLowercase: true, ExcludeUppercase: true, ExcludeNumbers: true, ExcludePunctuation: true }),
    ).toThrow('excludes every character');
  });

  it('has the length and the kinds of characters that its rules say', () => {
    const rules = fc
      .record({
        PasswordLength: fc.integer({ min: 4, max: 64 }),
        ExcludeLowercase: fc.boolean(),
        ExcludeUppercase: fc.boolean(),
        ExcludeNumbers: fc.boolean(),
        ExcludePunctuation: fc.boolean(),
      })
      .filter((options) => !Object.keys(kinds).every((kind) => options[kind as keyof typeof kinds]));
    fc.assert(
      fc.property(rules, (options) => {
        const secret = generateSecret(options);
        expect(secret).toHaveLength(options.PasswordLength);
        for (const [kind, pattern] of Object.entries(kinds)) expect(pattern.test(secret)).toBe(!options[kind as keyof typeof kinds]);
      }),
    );
  });

  it('leaves out the excluded characters', () => {
    for (let time = 0; time < 50; time += 1) expect(generateSecret({ ExcludeCharacters: 'abc"@/\\' })).not.toMatch(/[abc"@/\\]/);
  });

  it('puts the secret into the template under its key', () => {
    const secret = generateSecret({ SecretStringTemplate: '{"user":"ada"}', GenerateStringKey: 'password', PasswordLength: 12 });
    expect(JSON.parse(secret)).toEqual({ user: 'ada', password: expect.stringMatching(/^.{12}$/) });
  });
});
