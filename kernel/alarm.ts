/** Wakes a worker that waits between two rounds. */
export interface Alarm {
  ring: () => void;
  /** Forgets a ring since the last wait. */
  silence: () => void;
  /** Waits for a ring, or for so many milliseconds; a ring since the last wait counts. @returns whether it rang. */
  wait: (milliseconds: number) => Promise<boolean>;
}

export function createAlarm(): Alarm {
  let rung = false;
  let wake: (() => void) | undefined;
  return {
    ring() {
      rung = true;
      wake?.();
    },
    silence() {
      rung = false;
    },
    async wait(milliseconds) {
      if (!rung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, milliseconds);
          timer.unref();
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
        wake = undefined;
      }
      const result = rung;
      rung = false;
      return result;
    },
  };
}
