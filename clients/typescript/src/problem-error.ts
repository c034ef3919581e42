import type { Problem, ProblemCode } from './schema-types.ts';

/** An error of the API, thrown where there is no answer to return it with. Its message is the problem's `detail`. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';

  constructor(readonly problem: Problem) {
    super(problem.detail);
  }

  get code(): ProblemCode {
    return this.problem.code;
  }
}
