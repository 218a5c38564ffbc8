#!/usr/bin/env node
import nodeModule from 'node:module';

// The first Node.js that runs an app in TypeScript. Whatever is imported above must exist in older ones, too, or nothing is told.
const [needsMajor, needsMinor] = [22, 18];
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < needsMajor || (major === needsMajor && minor < needsMinor)) {
  console.error(`Plinth needs Node.js ${needsMajor}.${needsMinor} or later, and this is ${process.versions.node}: install a newer one.`);
  process.exit(1);
}
nodeModule.enableCompileCache();
const { runProgram } = await import('../cli/program.ts');
await runProgram(process.argv);
