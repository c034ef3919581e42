/** Scores and segments by recency, frequency and money. Pure. */
import type { RfmSegment } from '../inputs.generated';

const SCORES = 5;

export const RFM_DEFINITION =
  'Recency is the last business day with a purchase, frequency the number of business days with a purchase, money the net sales with tax. ' +
  'Score = 1 + floor(5 × share of customers who are strictly below; for recency, whose last purchase is strictly older), so that equal customers have equal scores.';

/** The scores of a customer, 1 to 5. */
export interface RfmScores {
  readonly r: number;
  readonly f: number;
  readonly m: number;
}

/** The rules of segments; the first that holds counts. */
export const SEGMENTS: readonly {
  readonly name: RfmSegment;
  readonly rule: string;
  readonly holds: (scores: RfmScores) => boolean;
}[] = [
  { name: 'champions', rule: 'R ≥ 4, F ≥ 4, M ≥ 4', holds: ({ r, f, m }) => r >= 4 && f >= 4 && m >= 4 },
  { name: 'loyal', rule: 'R ≥ 3, F ≥ 3', holds: ({ r, f }) => r >= 3 && f >= 3 },
  { name: 'recent', rule: 'R ≥ 4', holds: ({ r }) => r >= 4 },
  { name: 'promising', rule: 'R = 3', holds: ({ r }) => r === 3 },
  { name: 'cannot_lose', rule: 'F ≥ 4, M ≥ 4', holds: ({ f, m }) => f >= 4 && m >= 4 },
  { name: 'at_risk', rule: 'F ≥ 3', holds: ({ f }) => f >= 3 },
  { name: 'hibernating', rule: 'R = 2', holds: ({ r }) => r === 2 },
  { name: 'lost', rule: 'R = 1', holds: () => true },
];

/** The score of each value: 1 + floor(5 × share strictly below). Equal values have equal scores. */
export function tiedScores(values: readonly number[]): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  const below = new Map<number, number>();
  sorted.forEach((value, index) => {
    if (!below.has(value)) below.set(value, index);
  });
  return values.map((value) => scoreOf(below.get(value)!, values.length));
}

/** The score of one with so many strictly below. In whole numbers: five times a share is not exact. */
function scoreOf(below: number, count: number): number {
  return 1 + Math.floor((SCORES * below) / count);
}

/** The segment of a customer. */
export function segmentOf(scores: RfmScores): RfmSegment {
  return SEGMENTS.find(({ holds }) => holds(scores))!.name;
}

/** All scores of a segment. */
export function scoresOfSegment(segment: RfmSegment): RfmScores[] {
  const scores = Array.from({ length: SCORES }, (_, index) => index + 1);
  return scores
    .flatMap((r) => scores.flatMap((f) => scores.map((m) => ({ r, f, m }))))
    .filter((one) => segmentOf(one) === segment);
}
