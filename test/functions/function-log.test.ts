import { functionLog, thrownFields, withRun } from '../../lambdas/functions/function-log.ts';
import { keepSecret } from '../../lambdas/functions/known-secrets.ts';

/** What is written to the log as Lambda takes it, line by line. */
const written = (work: () => void): readonly Record<string, unknown>[] => {
  const lines: string[] = [];
  const spy = jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    lines.push(String(text));
    return true;
  });
  try {
    work();
  } finally {
    spy.mockRestore();
  }
  return lines.map((line) => {
    expect(line.indexOf('\n')).toBe(line.length - 1);
    return JSON.parse(line) as Record<string, unknown>;
  });
};

const log = functionLog('quote');

describe('functionLog', () => {
  it('writes one line of JSON with the level, the function and the request', () => {
    const [line] = written(() => withRun({ requestId: 'r-1' }, () => log.warn('low\nstock', { count: 2 })));
    expect(line).toEqual({ level: 'WARN', message: 'low\nstock', function: 'quote', requestId: 'r-1', count: 2 });
  });

  it('lets no field take the place of its own', () => {
    const [line] = written(() => log.info('a', { level: 'ERROR', message: 'b', function: 'other' }));
    expect(line).toMatchObject({ level: 'INFO', message: 'a', function: 'quote' });
  });

  it('writes errors with their stacks, codes, causes and parts', () => {
    const refused = Object.assign(new Error('refused', { cause: 'a word' }), { code: 'ECONNREFUSED', request: 'not to be told' });
    const [line] = written(() => log.error('failed', { error: new AggregateError([refused, 7], 'all failed') }));
    expect(line?.['error']).toEqual({
      name: 'AggregateError',
      message: 'all failed',
      stack: expect.stringContaining('function-log.test.ts'),
      errors: [
        {
          name: 'Error',
          message: 'refused',
          code: 'ECONNREFUSED',
          stack: expect.stringContaining('Error: refused'),
          cause: { name: 'string', message: "'a word'" },
        },
        { name: 'number', message: '7' },
      ],
    });
  });

  it('FN16 drops terminal codes, cuts what is too long, and writes what JSON cannot', () => {
    const circular: Record<string, unknown> = { big: 1n };
    circular['self'] = circular;
    const [colours, long, odd] = written(() => {
      log.info('\u001b[31mred\u001b[0m \u001b]0;title\u0007bell\u0007 end\u009b');
      log.info('x'.repeat(100_000), { y: 'y'.repeat(100_000) });
      log.info('odd', { circular });
    });
    expect(colours?.['message']).toBe('red bell end');
    expect(JSON.stringify(long).length).toBeLessThan(60_000);
    expect(long?.['message']).toMatch(/… \(100000 characters\)$/);
    expect(JSON.stringify(odd)).toContain('Circular');
  });

  it('FN03 blacks out known secrets, in texts, fields, errors and parts of JSON', () => {
    keepSecret('a"quoted"-secret');
    keepSecret('-----BEGIN KEY-----\nMIIEvgIBADANBgkqhkiG9w0BAQEFAASC\n-----END KEY-----');
    const lines = written(() => {
      log.info('is a"quoted"-secret', { key: 'a"quoted"-secret', list: ['MIIEvgIBADANBgkqhkiG9w0BAQEFAASC'] });
      log.error('failed', { error: thrownFields(new Error('a"quoted"-secret', { cause: new Error('a"quoted"-secret') })) });
    });
    expect(JSON.stringify(lines)).not.toMatch(/quoted|MIIEvg/);
    expect(lines[0]).toMatchObject({ message: 'is [redacted]', key: '[redacted]', list: ['[redacted]'] });
  });
});
