import { existsSync } from 'node:fs';
import { CliProject } from './cli-project.ts';

describe('plinth schema', () => {
  const project = new CliProject();
  afterAll(() => project.dispose());

  it('says that nothing was accepted yet', async () => {
    const run = await project.run(['schema', 'status']);
    expect(run.code).toBe(1);
    expect(run.text).toContain('Nothing was accepted yet');
    expect(existsSync(project.path('plinth.schema.json'))).toBe(false);
  });

  it('writes the same file for the same definition', async () => {
    expect(await project.run(['schema', 'accept'])).toMatchObject({ code: 0 });
    const first = project.read('plinth.schema.json');
    expect(await project.run(['schema', 'accept'])).toMatchObject({ code: 0 });
    expect(project.read('plinth.schema.json')).toBe(first);
    expect(await project.run(['schema', 'status'])).toMatchObject({ code: 0 });
  });

  it.each([
    ['dropped', 'drop-model:Note', 'the model Note is gone'],
    ['narrowed', 'narrow-field:Note.title', 'maxLength was 100 and is 5'],
    ['indexed', 'drop-index:Note.byTitle', 'the index Note.byTitle (title, createdAt) is gone'],
  ])('has synth refuse the %s definition, with the reason and the name that allows it', async (version, name, reason) => {
    const before = project.read('plinth.schema.json');
    project.version = version;
    for (const command of ['status', 'accept']) {
      const run = await project.run(['schema', command]);
      expect(run.code).toBe(1);
      expect(run.text).toContain(reason);
      expect(run.text).toContain(`allow: ['${name}'] of the Backend, or -c allow=${name}`);
    }
    expect(project.read('plinth.schema.json')).toBe(before);
    expect((await project.run(['schema', 'status', '-c', 'allow=drop-model:Tag'])).text).toContain(reason);
    expect((await project.run(['schema', 'status', '-c', `allow=${name}`])).text).not.toContain('could not be synthesized');
  });
});
