/**
 * Checks a history of concurrent calls against a model: whether there is one order of the calls, each at a moment between its start and its
 * end, in which the model gives every answer (linearizability). It follows the history in time with all states that are possible: each call
 * that is under way may have been done already or not. Pure.
 */

export interface Call<Operation, Answer> {
  /** Names the call in a verdict. */
  readonly id: number;
  readonly operation: Operation;
  /** Undefined for a call whose client gave up: it may have been done at any time since, or never. */
  readonly answer: Answer | undefined;
  readonly start: number;
  /** Infinity for a call whose client gave up. */
  readonly end: number;
}

export interface Model<State, Operation, Answer> {
  readonly initial: State;
  /**
   * @param answer undefined if unknown: any answer that the model gives is right.
   * @returns the state after the operation, or a sentence why this answer is wrong in this state.
   */
  step(state: State, operation: Operation, answer: Answer | undefined): State | string;
  /** A text that is equal for equal states. */
  key(state: State): string;
}

/** The first call, by its end, that has no place in any order of the calls before it and of those at the same time. */
export interface OffendingCall<Operation, Answer> {
  readonly call: Call<Operation, Answer>;
  /** Why not, a sentence for each kind of state that was possible. */
  readonly reasons: readonly string[];
  /** The calls that were under way when it ended. */
  readonly concurrent: readonly Call<Operation, Answer>[];
}

/** A possible state of the shop at a moment, and the calls under way that are not yet done in it. */
interface Possibility<State> {
  readonly state: State;
  /** In ascending order. */
  readonly undone: readonly number[];
}

/** Maximum number of states at a moment. More come from too many calls at the same time. */
const MAX_POSSIBILITIES = 200_000;
const MAX_REASONS = 5;

/**
 * @returns the offending call; undefined for a history that one order explains.
 * @throws Error for a history with too many calls at the same time, or with too many whose clients gave up.
 */
export function offendingCall<State, Operation, Answer>(
  model: Model<State, Operation, Answer>,
  history: readonly Call<Operation, Answer>[],
): OffendingCall<Operation, Answer> | undefined {
  const starts = history.map((call, index) => ({ at: call.start, index, isEnd: false }));
  const ends = history.map((call, index) => ({ at: call.end, index, isEnd: true }));
  // At the same moment, a start comes first: the calls overlap.
  const moments = [...starts, ...ends.filter(({ at }) => at !== Infinity)].sort(
    (one, other) => one.at - other.at || Number(one.isEnd) - Number(other.isEnd),
  );
  let possible: Possibility<State>[] = [{ state: model.initial, undone: [] }];
  for (const { index, isEnd } of moments) {
    if (!isEnd) {
      possible = possible.map(({ state, undone }) => ({
        state,
        undone: [...undone, index].sort((one, other) => one - other),
      }));
      continue;
    }
    const reasons = new Set<string>();
    const next = possibleAfter(model, history, possible, index, reasons);
    if (next.length === 0) {
      const underWay = new Set(possible.flatMap(({ undone }) => undone));
      return {
        call: history[index]!,
        reasons: [...reasons].slice(0, MAX_REASONS),
        concurrent: [...underWay].filter((other) => other !== index).map((other) => history[other]!),
      };
    }
    possible = next;
  }
  return undefined;
}

/** The possibilities at the end of a call: it is done in all of them, after any of those that were under way. */
function possibleAfter<State, Operation, Answer>(
  model: Model<State, Operation, Answer>,
  history: readonly Call<Operation, Answer>[],
  before: readonly Possibility<State>[],
  ended: number,
  reasons: Set<string>,
): Possibility<State>[] {
  const seen = new Set<string>();
  const after: Possibility<State>[] = [];
  const open = [...before];
  for (let here = open.pop(); here !== undefined; here = open.pop()) {
    const key = `${here.undone.join()} ${model.key(here.state)}`;
    if (seen.has(key)) continue;
    if (seen.size === MAX_POSSIBILITIES)
      throw new Error(`more than ${MAX_POSSIBILITIES} states are possible`);
    seen.add(key);
    if (!here.undone.includes(ended)) {
      after.push(here);
      continue;
    }
    for (const index of here.undone) {
      const { operation, answer } = history[index]!;
      const state = model.step(here.state, operation, answer);
      if (typeof state !== 'string')
        open.push({ state, undone: here.undone.filter((other) => other !== index) });
      else if (index === ended) reasons.add(state);
    }
  }
  return after;
}
