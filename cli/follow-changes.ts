import type { DevSession } from './dev-session.ts';
import { print, printFailure } from './ui.ts';
import { watchSources } from './watch-sources.ts';

const sinceText = (at: number): string => `${Math.round(performance.now() - at)} ms`;

/**
 * Lets a session follow the sources of a project: a change is bundled at once, even while an earlier one is synthesized, and
 * synthesized after that.
 */
export const followChanges = (projectFolder: string, ownFolder: string, session: DevSession): void => {
  let changes = 0;
  let changedAt = 0;
  let isSynthesizing = false;
  let isToldOf = false;
  const warmUp = (): void => {
    session.warmUp().catch(printFailure);
  };
  const bundle = async (files: ReadonlySet<string>, at: number): Promise<void> => {
    const replaced = await session.replaceBundles(files);
    if (replaced.length === 0) return;
    isToldOf = true;
    print(`Reloaded ${replaced.join(', ')} in ${sinceText(at)}`);
  };
  const synthesize = async (): Promise<void> => {
    const [change, at, wasToldOf] = [changes, changedAt, isToldOf];
    const isOutdated = (): boolean => change !== changes;
    isToldOf = false;
    try {
      const outcome = await session.reload(isOutdated);
      if (outcome === 'reloaded') print(`Reloaded in ${sinceText(at)}`);
      else if (outcome.length > 0) print(`Reloaded ${outcome.join(', ')} in ${sinceText(at)}`);
      else if (!wasToldOf && !isOutdated()) print(`Checked in ${sinceText(at)}: the backend stays the same`);
    } catch (error) {
      printFailure(error);
      print('The running backend stays as it was.');
    }
  };
  const catchUp = async (): Promise<void> => {
    if (isSynthesizing) return;
    isSynthesizing = true;
    for (let done = 0; done !== changes; ) {
      done = changes;
      await synthesize();
    }
    isSynthesizing = false;
    warmUp();
  };
  warmUp();
  watchSources(projectFolder, ownFolder, (files) => {
    changes += 1;
    changedAt = performance.now();
    void bundle(files, changedAt).then(catchUp);
  });
};
