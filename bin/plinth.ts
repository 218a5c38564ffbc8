#!/usr/bin/env node
import { enableCompileCache } from 'node:module';

enableCompileCache();
const { runProgram } = await import('../cli/program.ts');
await runProgram(process.argv);
