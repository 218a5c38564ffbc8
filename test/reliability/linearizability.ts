/** One request of a history. */
export interface Operation<Input, Output> {
  readonly input: Input;
  /** Undefined: no answer came, so it may have happened at any time since the call, or never. */
  readonly output: Output | undefined;
  readonly calledAt: number;
  /** `Infinity` without an answer. */
  readonly answeredAt: number;
}

/** What an object does with one request at a time. */
export interface Specification<State, Input, Output> {
  readonly initial: State;
  /**
   * The state after the request, if the object can answer it like this.
   *
   * @returns undefined when it can't
   */
  readonly step: (state: State, input: Input, output: Output | undefined) => { readonly state: State } | undefined;
  /** Equal for equal states. */
  readonly keyOf: (state: State) => string;
}

/**
 * Whether there is an order of the operations, each somewhere between its call and its answer, in which the object does what was seen.
 * A search as Wing and Gong's, which remembers what it has tried (Lowe, "Testing for linearizability", 2017).
 */
export function isLinearizable<State, Input, Output>(
  history: readonly Operation<Input, Output>[],
  { initial, step, keyOf }: Specification<State, Input, Output>,
): boolean {
  const tried = new Set<string>();
  const search = (rest: readonly number[], state: State): boolean => {
    const operation = (index: number): Operation<Input, Output> => history[index] as Operation<Input, Output>;
    if (rest.every((index) => operation(index).output === undefined)) return true;
    const place = `${rest.join()} ${keyOf(state)}`;
    if (tried.has(place)) return false;
    tried.add(place);
    const firstAnswer = Math.min(...rest.map((index) => operation(index).answeredAt));
    return rest.some((index) => {
      const { calledAt, input, output } = operation(index);
      // What was called after an answer can't have happened before it.
      if (calledAt > firstAnswer) return false;
      const next = step(state, input, output);
      return (
        next !== undefined &&
        search(
          rest.filter((other) => other !== index),
          next.state,
        )
      );
    });
  };
  return search(
    history.map((_, index) => index),
    initial,
  );
}
