/** Misspelled names of settings: a setting under a wrong name is silently without effect, which an operator notices late. */
import leven from 'leven';

/** A shorter name is near to too many others. */
const MIN_LENGTH = 6;
/** Of the characters of a name, one in so many may differ. */
const CHARACTERS_A_DIFFERENCE = 6;
/** Settings of OpenTelemetry that differ from ours by one word, and mean something else. */
const OF_OPENTELEMETRY = /^OTEL_EXPORTER_OTLP_(?:METRICS|LOGS|PROFILES)_/;

/**
 * The names among those of an environment that are nearly the name of a setting.
 * @returns a sentence for each.
 */
export function nearMisses(given: readonly string[], settings: readonly string[]): string[] {
  const known = new Set(settings);
  return given
    .filter((name) => name.length >= MIN_LENGTH && !known.has(name) && !OF_OPENTELEMETRY.test(name))
    .flatMap((name) => {
      const meant = settings.find(
        (setting) => leven(name.toUpperCase(), setting) <= setting.length / CHARACTERS_A_DIFFERENCE,
      );
      return meant === undefined ? [] : [`${name} is not a setting; the name is ${meant}`];
    });
}
