import { createRequire } from 'node:module';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';

// Synth is synchronous and MJML is not, so that it runs in a process of its own: MJML on stdin, HTML on stdout.

type Compile = (mjml: string, options: object) => Promise<{ readonly html: string }>;

const [projectFolder = '', file = ''] = process.argv.slice(2);
const path = createRequire(join(projectFolder, 'package.json')).resolve('mjml');
const { default: compile } = (await import(pathToFileURL(path).href)) as { readonly default: Compile };
const { html } = await compile(await text(process.stdin), { validationLevel: 'strict', filePath: file, keepComments: false });
process.stdout.write(html);
