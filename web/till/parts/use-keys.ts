import { useLayoutEffect, useRef } from 'preact/hooks';
import { WedgeDetector } from '../core/scanner';

/** Whether a dialog is open, which then has the keyboard for itself. */
const inDialog = () => document.querySelector('dialog[open]') !== null;

/** Calls back for each function key, by its name ("F4"). The browser's own use of the key is suppressed. */
export function useFunctionKeys(actions: Readonly<Record<string, () => void>>): void {
  const current = useRef(actions);
  current.current = actions;
  // Before the screen is painted: who sees it may scan or press a key at once.
  useLayoutEffect(() => {
    const listener = (event: KeyboardEvent) => {
      const action = current.current[event.key];
      if (!action || event.altKey || event.ctrlKey || event.metaKey || inDialog()) return;
      event.preventDefault();
      action();
    };
    addEventListener('keydown', listener);
    return () => removeEventListener('keydown', listener);
  }, []);
}

/**
 * Calls back for each code that a scanner types, wherever the focus is. The field gets back the text that it had before.
 */
export function useScanner(onScan: (code: string) => void): void {
  const current = useRef(onScan);
  current.current = onScan;
  // Before the screen is painted, too.
  useLayoutEffect(() => {
    const detector = new WedgeDetector();
    let before: { input: HTMLInputElement; value: string } | undefined;
    const listener = (event: KeyboardEvent) => {
      if (inDialog()) return;
      const { key, timeStamp: at, ctrlKey: ctrl, target } = event;
      const code = detector.press({ key, at, ctrl });
      if (detector.started)
        before = target instanceof HTMLInputElement ? { input: target, value: target.value } : undefined;
      if (code === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      if (before) restore(before.input, before.value);
      current.current(code);
    };
    // Before the fields see the key that ends the code.
    addEventListener('keydown', listener, true);
    return () => removeEventListener('keydown', listener, true);
  }, []);
}

function restore(input: HTMLInputElement, value: string): void {
  input.value = value;
  input.dispatchEvent(new Event('input', { bubbles: true }));
}
