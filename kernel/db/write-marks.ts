/** When organizations have written last: what a caller has written must be in the reports that the caller reads next. */

/** The last writes, as other processes see them too. A call is rejected if they are not known now. */
export interface SharedWriteMarks {
  /** The present moment on the clock of the marks. */
  now(): Promise<number>;
  /** Marks that an organization has written a moment ago. If it fails, the other processes do not know. */
  mark(organizationId: string): Promise<void>;
  /** The moment of the last write; undefined if there was none for as long as marks are kept. */
  latest(organizationId: string): Promise<number | undefined>;
}

/** The last writes of this process, and of those whose events have reached it, on its own clock (`performance.now`). */
export class OwnWriteMarks {
  /** The oldest come first. */
  private readonly marks = new Map<string, number>();

  constructor(private readonly keepMs: number) {}

  mark(organizationId: string): void {
    const now = performance.now();
    for (const [other, at] of this.marks) {
      if (now - at <= this.keepMs) break;
      this.marks.delete(other);
    }
    this.marks.delete(organizationId);
    this.marks.set(organizationId, now);
  }

  latest(organizationId: string): number | undefined {
    return this.marks.get(organizationId);
  }
}
