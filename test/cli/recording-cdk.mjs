#!/usr/bin/env node
// Stands in for `cdk`: notes how it was called, and takes the template of the assembly for the deployed one.
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.env.RECORDING_FOLDER;
const args = process.argv.slice(2);
const assembly = args[args.indexOf('--app') + 1];
const text = readFileSync(join(assembly, 'Notes.template.json'), 'utf8');
const hash = createHash('sha256').update(text).digest('hex');
const isPublished = ['manifest.json', 'Notes.assets.json'].every((name) => readFileSync(join(assembly, name), 'utf8').includes(hash));
appendFileSync(join(folder, 'calls.jsonl'), `${JSON.stringify({ args: args.filter((arg) => arg !== assembly), isPublished })}\n`);
if (existsSync(join(folder, 'fail'))) {
  rmSync(join(folder, 'fail'));
  process.exit(1);
}
writeFileSync(join(folder, 'deployed.json'), text);
