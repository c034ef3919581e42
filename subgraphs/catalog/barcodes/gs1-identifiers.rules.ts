/**
 * GS1's application identifiers, with the length and characters of the data of each.
 * Source: GS1 General Specifications, sections 3.2 (identifiers) and 7.8.4 (those of predefined length); read beside the GS1
 * Barcode Syntax Dictionary of July 2026.
 *
 * A line has identifiers, separated by commas ("91-99" is a range, "390n0-9" is 390 followed by each of the digits 0 to 9), and
 * the format of their data. N: digits; X: GS1's character set 82; Y: set 39; Z: base64url. "N6" is six of them, "X..20" one to twenty;
 * parts follow each other, and a part in brackets may be missing.
 */
const TABLE = `
00 N18
01,02,03 N14
10,21,22,243,254 X..20
11,12,13,15,16,17 N6
20 N2
235 X..28
240,241,250,251,400,403,7002,7023,8004 X..30
242 N..6
253 N13 [X..17]
255 N13 [N..12]
30,37 N..8
310-316n0-5,320-337n0-5,340-357n0-5,360-369n0-5 N6
390n0-9,392n0-9 N..15
391n0-9,393n0-9 N3 N..15
394n0-3 N4
395n0-5 N6
401 X..30
402 N17
410-417 N13
420 X..20
421 N3 X..9
422,424,426 N3
423,425 N3 [N3] [N3] [N3] [N3]
427 X..3
4300-4301,4310-4311,4320 X..35
4302-4306,4312-4316 X..70
4307,4317 X2
4308,4319 X..30
4309 N20
4318 X..20
4321-4323 N1
4324-4325 N10
4326 N6
4330-4333 N6 [X1]
7001 N13
7003 N10
7004 N..4
7005 X..12
7006 N6
7007 N6 [N6]
7008 X..3
7009 X..10
7010 X..2
7011 N6 [N4]
7020-7022 X..20
7030-7039 N3 X..27
7040 N1 X3
7041 X..4
710-717 X..20
7230-7239 X2 X..28
7240 X..20
7241 N2
7242 X..25
7250 N8
7251 N12
7252 N1
7253-7254,7259 X..40
7255 X..10
7256 X..90
7257 X..70
7258 X3
8001 N14
8002,8012 X..20
8003 N14 [X..16]
8005 N6
8006,8026 N18
8007 X..34
8008 N8 [N2] [N2]
8009 X..50
8010 Y..30
8011 N..12
8013,8014,8020 X..25
8017,8018 N18
8019 N..10
8030 Z..90
8040,8041 N15
8042 N32
8043 N18 [N..2]
8110,8112,8200 X..70
8111 N4
90 X..30
91-99 X..90
`;

/** The characters of a data part; set 82 is the invariant part of ISO/IEC 646. */
const CHARACTERS: Readonly<Record<string, string>> = {
  N: '\\d',
  X: '[!"%&\'()*+,\\-./0-9:;<=>?A-Z_a-z]',
  Y: '[#\\-/0-9A-Z]',
  Z: '[0-9A-Za-z_=-]',
};

/** The first two digits of the identifiers whose data needs no separator after it, in any format. */
const PREDEFINED = /^(0[0-4]|1[1-9]|20|3[1-6]|41)/;

/** An application identifier. */
export interface ApplicationIdentifier {
  readonly identifier: string;
  /** Matches its whole data. */
  readonly format: RegExp;
  /** Length of its data, if no separator is needed after it. */
  readonly predefinedLength: number | undefined;
}

const IDENTIFIERS: ReadonlyMap<string, ApplicationIdentifier> = new Map(
  TABLE.trim().split('\n').flatMap(identifiersOfLine).map((known) => [known.identifier, known] as const),
); // prettier-ignore

function identifiersOfLine(line: string): ApplicationIdentifier[] {
  const [names, first, ...rest] = line.split(' ') as [string, string, ...string[]];
  const format = new RegExp(`^${[first, ...rest].map(patternOf).join('')}$`);
  // Those of predefined length have one part, such as N6.
  const length = Number(first.slice(1));
  return names.split(',').flatMap(namesIn).map((identifier) => {
    return { identifier, format, predefinedLength: PREDEFINED.test(identifier) ? length : undefined };
  }); // prettier-ignore
}

function patternOf(part: string): string {
  const [, optional, kind, open, count] = /(\[?)([NXYZ])(\.\.)?(\d+)/.exec(part)!;
  const pattern = `${CHARACTERS[kind!]!}{${open ? `1,${count}` : count!}}`;
  return optional ? `(?:${pattern})?` : pattern;
}

function namesIn(text: string): string[] {
  const [, first, last = first, from, to] = /(\d+)(?:-(\d+))?(?:n(\d)-(\d))?/.exec(text)!;
  const starts = range(Number(first), Number(last)).map((number) =>
    String(number).padStart(first!.length, '0'),
  );
  if (from === undefined) return starts;
  return starts.flatMap((start) => range(Number(from), Number(to)).map((digit) => `${start}${digit}`));
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** An identifier by its digits; undefined for one that GS1 has not assigned. */
export function identifierNamed(digits: string): ApplicationIdentifier | undefined {
  return IDENTIFIERS.get(digits);
}

/** The identifier at the start of a text. No identifier is the start of another one. */
export function identifierAt(text: string): ApplicationIdentifier | undefined {
  return (
    IDENTIFIERS.get(text.slice(0, 2)) ??
    IDENTIFIERS.get(text.slice(0, 3)) ??
    IDENTIFIERS.get(text.slice(0, 4))
  );
}
