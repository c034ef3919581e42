import type { Stop } from '#kernel/graph/subgraph';
import type { Logger } from '#kernel/log';

/** The started services, stopped in reverse order. */
export class Ends {
  private readonly steps: { name: string; end: Stop }[] = [];
  private running: Promise<void> | undefined;

  constructor(private readonly log: Logger) {}

  /** Whether the stop has begun. */
  get begun(): boolean {
    return this.running !== undefined;
  }

  add(name: string, end: Stop): void {
    this.steps.push({ name, end });
    // Started during the stop: it would never be stopped otherwise.
    if (this.running) this.running = this.running.then(() => this.runAll());
  }

  run(): Promise<void> {
    return (this.running ??= this.runAll());
  }

  private async runAll(): Promise<void> {
    for (let step = this.steps.pop(); step; step = this.steps.pop()) {
      const { name, end } = step;
      try {
        await end();
      } catch (error) {
        // A part that fails to stop must not prevent the others, above all the database, from stopping.
        this.log.error({ err: error }, `the ${name} did not end in order`);
      }
    }
  }
}
