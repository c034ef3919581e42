/** A scanner that acts as a keyboard is told from a person who types. */
import fc from 'fast-check';
import { WedgeDetector } from '../../web/till/core/scanner';

/** Types a text, one key after each gap. */
function type(
  detector: WedgeDetector,
  keys: readonly string[],
  gapMs: number,
  from = 0,
): (string | undefined)[] {
  return keys.map((key, index) => detector.press({ key, at: from + index * gapMs }));
}
const scans = (keys: readonly string[], gapMs: number) =>
  type(new WedgeDetector(), keys, gapMs).filter((code) => code !== undefined);

const character = fc.constantFrom(...'0123456789ABCabc-./');
const code = fc.array(character, { minLength: 4, maxLength: 60 });

it('reads any code that is typed fast and ended, by Enter or Tab', () => {
  fc.assert(
    fc.property(code, fc.integer({ min: 0, max: 50 }), fc.constantFrom('Enter', 'Tab'), (keys, gap, end) => {
      expect(scans([...keys, end], gap)).toEqual([keys.join('')]);
    }),
  );
});

it('never takes a person for a scanner', () => {
  fc.assert(
    fc.property(code, fc.integer({ min: 51, max: 400 }), (keys, gap) => {
      expect(scans([...keys, 'Enter'], gap)).toEqual([]);
    }),
  );
});

it('starts anew after a pause: what was typed before is not part of the code', () => {
  const detector = new WedgeDetector();
  type(detector, [...'tea'], 150);
  expect(type(detector, [...'4006381333931', 'Enter'], 8, 2_000).at(-1)).toBe('4006381333931');
});

it('ignores short runs, and a terminator that comes late', () => {
  expect(scans([...'123', 'Enter'], 5)).toEqual([]);
  const detector = new WedgeDetector();
  type(detector, [...'12345678'], 5);
  expect(detector.press({ key: 'Enter', at: 1_000 })).toBeUndefined();
});

it('reads capital letters and the separator of GS1 codes, and is ended by keys that no scanner sends', () => {
  expect(scans(['Shift', 'A', 'Shift', 'B', '1', '2', 'Enter'], 10)).toEqual(['AB12']);
  const detector = new WedgeDetector();
  type(detector, [...'0104006381333931'], 5);
  detector.press({ key: 'Control', at: 80 });
  detector.press({ key: ']', at: 85, ctrl: true });
  expect(type(detector, [...'10LOT', 'Enter'], 5, 90).at(-1)).toBe('0104006381333931\u001d10LOT');
  expect(scans([...'123456', 'ArrowLeft', '7', 'Enter'], 5)).toEqual([]);
  const shortcut = new WedgeDetector();
  type(shortcut, [...'123456'], 5);
  shortcut.press({ key: 'a', at: 30, ctrl: true });
  expect(shortcut.press({ key: 'Enter', at: 35 })).toBeUndefined();
});

it('says when a run starts and when it could be a scan', () => {
  const detector = new WedgeDetector();
  expect([detector.started, detector.running]).toEqual([false, false]);
  detector.press({ key: '1', at: 0 });
  expect([detector.started, detector.running]).toEqual([true, false]);
  detector.press({ key: '2', at: 5 });
  expect([detector.started, detector.running]).toEqual([false, true]);
});
