import { z } from 'zod';
import type { EmailOptions, EmailTemplate } from '../../../contracts/email-options.ts';
import { compileEmail } from '../../../lib/email/compile-email.ts';
import { splitPlaceholders } from '../../../lib/email/split-placeholders.ts';

const from = 'hello@example.com';
const values = z.object({ name: z.string() });
const template = (more: Partial<EmailTemplate>): EmailOptions => ({
  from,
  templates: { hello: { subject: 'Hello', html: '<p>{{name}}</p>', values, ...more } },
});

describe('compileEmail refuses', () => {
  const refusals: readonly [string, EmailOptions, string][] = [
    ['what is no address', { from: 'hello' }, 'email.from is "hello": use an address as hello@example.com'],
    ['WH15 a line break in the address', { from: 'a@example.com\r\nBcc: b@example.com' }, 'email.from is'],
    ['WH15 a line break in the name', { from: 'A\r\nBcc: b <a@example.com>' }, 'email.from has the name'],
    ['two addresses', { from: 'a@example.com, b@example.com' }, 'email.from is'],
    ['an identity of somebody else', { from, identity: 'example.org' }, 'email.identity is "example.org", which email.from is not of'],
    [
      'an identity without SES',
      { from, transport: { smtp: { secretName: 'a' } }, identity: 'example.com' },
      'email.identity is an identity of SES',
    ],
    ['a secret name with a space', { from, transport: { smtp: { secretName: 'a b' } } }, 'email.transport.smtp.secretName is "a b"'],
    ['an address for answers that is none', { from, replyTo: 'x' }, 'email.replyTo is "x"'],
    ['no e-mails at all', { from, maxPerUserPerHour: 0 }, 'email.maxPerUserPerHour is 0: use a whole number from 1 to 1000'],
    ['a log that forgets too soon', { from, logDays: 7 }, 'email.logDays is 7: use a whole number from 30 to 365'],
    ['no language', { from, locales: [] as never }, 'email.locales is empty'],
    ['what is no language tag', { from, locales: ['english!'] }, 'email.locales has "english!"'],
    ['a language tag in the wrong case', { from, locales: ['pt-br'] }, 'write it "pt-BR"'],
    ['a language twice', { from, locales: ['en', 'en'] }, 'email.locales has "en" twice'],
    ['a template name with a space', { from, templates: { 'a b': { subject: 'x', html: 'x' } } }, 'email.templates has "a b"'],
    ['a template with neither HTML nor a file', { from, templates: { a: { subject: 'x' } } }, 'needs either entry or html'],
    ['a template with both', template({ entry: 'a.html' }), 'needs either entry or html'],
    [
      'a file that is not there',
      template({ html: undefined as never, entry: 'a.html' }),
      'email.templates.hello.entry is "a.html", which cannot be read',
    ],
    ['a file of another kind', template({ html: undefined as never, entry: 'a.tsx' }), 'name a file that ends in .html or .mjml'],
    ['MJML that is wrong', template({ html: undefined as never, entry: 'test/lib/email/wrong.mjml' }), 'is no valid MJML'],
    ['WH15 a subject of two lines', template({ subject: 'a\nb' }), 'email.templates.hello.subject is "a\\nb": write it in one line'],
    [
      'a subject without a language',
      { ...template({ subject: { en: 'a' } }), locales: ['en', 'de'] },
      'email.templates.hello.subject has nothing for de',
    ],
    [
      'a subject with another language',
      template({ subject: { en: 'a', de: 'b' } }),
      'has the language de, which email.locales does not name',
    ],
    ['a value that is not declared', template({ subject: 'Hello {{other}}' }), 'has {{other}}, which its values do not name'],
    [
      'a value of a list',
      template({ values: z.object({ name: z.array(z.string()) }) }),
      'email.templates.hello.values.name is no text, number',
    ],
    ['WH16 an expression', template({ html: '<p>{{ name.constructor }}</p>' }), 'has {{ name.constructor }}: name values with a letter'],
    ['WH16 a script', template({ html: '<script>{{name}}</script>' }), 'has a script'],
    ['WH16 a value in a style', template({ html: '<style>p { color: {{name}} }</style>' }), 'has {{name}} where it cannot be made safe'],
    [
      'WH16 a value in the attribute style',
      template({ html: '<p style="color: {{name}}">x</p>' }),
      'cannot be part of the attribute style',
    ],
    [
      'WH16 a value in an event handler',
      template({ html: '<p onclick="a(\'{{name}}\')">x</p>' }),
      'cannot be part of the attribute onclick',
    ],
    [
      'WH16 a value as a part of a host',
      template({ html: '<a href="https://shop.example.com{{name}}">x</a>' }),
      'follow a host and a slash',
    ],
    ['WH16 a value as a host', template({ html: '<a href="https://{{name}}/x">x</a>' }), 'follow a host and a slash'],
    ['WH16 a value in a scheme that runs', template({ html: '<a href="javascript:a(\'{{name}}\')">x</a>' }), 'follow a host and a slash'],
    ['a value without its end', template({ html: '<p>{{name</p>' }), 'has "{{name</p>": write values with two braces on each side'],
    ['a value with one brace at its end', template({ subject: 'Hi {{name}' }), 'write values with two braces on each side'],
    ['WH16 a value that is not to be escaped', template({ html: '<p>{{{name}}}</p>' }), 'has "{{{name}}}": write values with two'],
    ['HTML that says nothing', template({ html: ' ' }), 'email.templates.hello (en) is empty'],
    ['MJML in the place of HTML', template({ html: '<mjml><mj-body></mj-body></mjml>' }), 'put it into a file that ends in .mjml'],
    ['WH16 a value without quotes', template({ html: '<p title={{name}}>x</p>' }), 'put the value of the attribute into quotes'],
    ['WH16 a value as an attribute', template({ html: '<p {{name}}>x</p>' }), 'a value cannot be part of a tag'],
  ];

  it.each(refusals)('%s', (_, options, message) => {
    expect(() => compileEmail(options)).toThrow(message);
  });
});

describe('attachFrom', () => {
  it('takes no folder that there is not', () => {
    expect(() => compileEmail({ from: 'hello@example.com', attachFrom: ['bills'] }, ['invoices'])).toThrow(
      'email.attachFrom names the folder "bills", which is not there: use one of invoices',
    );
    expect(() => compileEmail({ from: 'hello@example.com', attachFrom: ['bills'] })).toThrow('(there are none)');
  });
});

describe('compileEmail', () => {
  it('fills in what is not said', () => {
    expect(compileEmail({ from: '"My Shop" <hello@mail.example.com>' })).toEqual({
      email: {
        from: { name: 'My Shop', address: 'hello@mail.example.com' },
        locales: ['en'],
        templates: {},
        maxPerUserPerHour: 20,
        logDays: 30,
      },
      schemas: {},
      attachFrom: [],
      identity: 'mail.example.com',
      transport: { name: 'ses' },
    });
  });

  it('takes the domain above and the address itself as an identity', () => {
    expect(compileEmail({ from: 'hello@mail.example.com', identity: 'example.com' }).identity).toBe('example.com');
    expect(compileEmail({ from, identity: from }).identity).toBe(from);
  });

  it('makes a text of HTML, with links behind their words', () => {
    const html = '<h1>Hi {{name}}</h1><p>Look <a href="{{link}}">here</a><br>Bye</p><img src="https://example.com/a.png">';
    const { email } = compileEmail(template({ html, values: z.object({ name: z.string(), link: z.string() }) }));
    expect(email.templates['hello']?.['en']?.text).toEqual([
      'Hi ',
      { value: 'name', as: 'text' },
      '\n\nLook here (',
      { value: 'link', as: 'text' },
      ')\nBye',
    ]);
  });
});

describe('splitPlaceholders', () => {
  it.each([
    ['<a href=" {{name}}">', 'url'],
    ['<a href="{{name}}?a=1">', 'url'],
    ['<a href="https://x.example?q={{name}}">', 'attribute'],
    ['<a href="mailto:{{name}}">', 'attribute'],
    ['<style>@media print{p{color:red}}</style>{{name}}', 'text'],
  ])('knows what a value is in %s', (html, as) => {
    expect(splitPlaceholders(html, 'html', 'at')).toContainEqual({ value: 'name', as });
  });

  it('knows where values stand', () => {
    expect(splitPlaceholders('<a href="{{ link }}" title=\'to {{name}}\'>{{name}}</a><a href="https://x/{{name}}">', 'html', 'at')).toEqual(
      [
        '<a href="',
        { value: 'link', as: 'url' },
        '" title=\'to ',
        { value: 'name', as: 'attribute' },
        "'>",
        { value: 'name', as: 'text' },
        '</a><a href="https://x/',
        { value: 'name', as: 'attribute' },
        '">',
      ],
    );
  });
});
