import { asciiDigits } from '#kernel/digits.rules';

/** The ten digits of a numbering system in Unicode's CLDR, zero first; fewer for systems that are no digits, such as Roman numbers. */
const digitsOf = (system: string) => {
  const format = new Intl.NumberFormat(`en-u-nu-${system}`, { useGrouping: false });
  return Array.from({ length: 10 }, (_, digit) => format.format(digit));
};

describe('digits of other scripts', () => {
  const systems = Intl.supportedValuesOf('numberingSystem').filter((system) =>
    digitsOf(system).every((digit) => /^\p{Nd}$/u.test(digit)),
  );

  it('are known in as many scripts as the runtime knows', () => expect(systems.length).toBeGreaterThan(60));

  it.each(systems)('%s', (system) => expect(asciiDigits(digitsOf(system).join(''))).toBe('0123456789'));

  it('leave everything else in a text as it is', () => {
    expect(asciiDigits('Art. ४२–b ٣٫٥ Ⅷ ½ x² 7')).toBe('Art. 42–b 3٫5 Ⅷ ½ x² 7');
  });

  it('are all that Unicode has', () => {
    const all = Array.from({ length: 0x20000 }, (_, code) => code).filter((code) =>
      /\p{Nd}/u.test(String.fromCodePoint(code)),
    );
    const values = all.map((code) => asciiDigits(String.fromCodePoint(code)));
    // Every script has each of the ten once.
    expect(values.join('')).toBe('0123456789'.repeat(all.length / 10));
  });
});
