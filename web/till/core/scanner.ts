/**
 * Distinguishes a scanner from a person. A scanner that acts as a keyboard ("keyboard wedge") types a code within milliseconds and ends it with
 * Enter or Tab. A person is slower: so a run of characters, each at most `MAX_GAP_MS` after the one before, that ends with a terminator
 * in the same time, is a scan. All other keys are typing, and go wherever the focus is.
 */

/** Slow scanners over Bluetooth need up to 40 ms a key; fast typists about 60. */
const MAX_GAP_MS = 50;
/** The shortest code that is a scan. Shorter runs are typing. */
const MIN_LENGTH = 4;
/** The longest code that the API reads: the capacity of the largest QR code. */
const MAX_LENGTH = 4_296;
const TERMINATORS: ReadonlySet<string> = new Set(['Enter', 'Tab']);
/** Function 1, the separator of GS1 codes. Scanners type it as Ctrl+]. */
const FNC1 = '\u001d';

/** A key as the browser reports it. */
export interface Key {
  /** `KeyboardEvent.key`. */
  readonly key: string;
  /** `KeyboardEvent.timeStamp`, in milliseconds. */
  readonly at: number;
  readonly ctrl?: boolean;
}

/** Reads keys one by one. */
export class WedgeDetector {
  private code = '';
  private last = Number.NEGATIVE_INFINITY;

  /** Whether the keys so far could become a scan, because the last ones came faster than a person types. */
  get running(): boolean {
    return this.code.length > 1;
  }

  /** Whether the run begins with the last key, so that a page may remember what its input had before. */
  get started(): boolean {
    return this.code.length === 1;
  }

  /** @returns the code if this key ends a scan. */
  press({ key, at, ctrl = false }: Key): string | undefined {
    const inTime = at - this.last <= MAX_GAP_MS;
    if (TERMINATORS.has(key)) {
      const code = inTime ? this.code : '';
      this.reset();
      return code.length >= MIN_LENGTH && code.length <= MAX_LENGTH ? code : undefined;
    }
    const character = ctrl ? (key === ']' ? FNC1 : undefined) : characterOf(key);
    if (character === undefined) {
      // Shift comes before a capital letter, and says nothing about who types.
      if (key !== 'Shift' && key !== 'Control') this.reset();
      return undefined;
    }
    this.code = inTime ? this.code + character : character;
    this.last = at;
    return undefined;
  }

  /** Forgets the keys so far. */
  reset(): void {
    this.code = '';
    this.last = Number.NEGATIVE_INFINITY;
  }
}

/** Names of keys have several characters ("ArrowLeft"); a character is one, or one surrogate pair. */
function characterOf(key: string): string | undefined {
  return [...key].length === 1 ? key : undefined;
}
