const withinMs = 60_000;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until this holds, as what happens in the background does after a while. */
export const eventually = async (holds: () => Promise<boolean>): Promise<void> => {
  const end = Date.now() + withinMs;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`it did not come about within ${withinMs} ms: ${holds}`);
    await pause(50);
  }
};
