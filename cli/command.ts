import type { Command } from 'commander';

/** One command of `plinth`: `cli/program.ts` lists them. */
export interface CliCommand {
  /** Adds the command with its options to the program. */
  register(program: Command): void;
}
