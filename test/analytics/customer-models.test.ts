/** The models of purchases and values, held to their papers: BG/NBD (2005), Gamma-Gamma (2013). */
import { groupBy } from '#kernel/collections';
import {
  bgNbdLikelihood,
  expectedOfNew,
  expectedPurchases,
  probabilityAlive,
  probabilityOfCount,
} from '#subgraphs/analytics/customers/bg-nbd.rules';
import { fitBgNbd, fitGammaGamma, fitModels } from '#subgraphs/analytics/customers/fit-models';
import { expectedValue, meanValue } from '#subgraphs/analytics/customers/gamma-gamma.rules';
import {
  averageEstimate,
  correlation,
  discounted,
} from '#subgraphs/analytics/customers/lifetime-value.rules';
import { SEGMENTS, segmentOf, tiedScores } from '#subgraphs/analytics/customers/rfm.rules';
import { available, histories, purchaseDays } from '#test/analytics/published-data';

const PAPER = { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 };
const SPENDING = { p: 6.25, q: 3.74, v: 15.44 };
const onData = available ? it : it.skip;

describe('A1: BG/NBD', () => {
  onData('fits CDNOW as published', async () => {
    const rows = histories();
    expect(rows).toHaveLength(2_357);
    const model = (await fitBgNbd(rows))!;
    expect(model.r).toBeCloseTo(0.2426, 4);
    expect(model.alpha).toBeCloseTo(4.4135, 3);
    expect(model.a).toBeCloseTo(0.7929, 3);
    expect(model.b).toBeCloseTo(2.4258, 3);
    const groups = rows.map((row) => ({ ...row, count: 1 }));
    expect(bgNbdLikelihood(model, groups)).toBeCloseTo(-9_582.43, 2);
    // Weeks 40 to 78 had 1,882 repeat days.
    const expected = rows.reduce((sum, row) => sum + expectedPurchases(PAPER, row, 39), 0);
    expect(expected).toBeCloseTo(1_653.9, 1);
  });

  it.each([
    [0.1429, 0.0078],
    [1, 0.0533],
    [3, 0.1509],
    [39, 1.1967],
    [78, 1.8605],
  ])('expects of a new customer in %d weeks %d purchases', (weeks, expected) => {
    expect(expectedOfNew(PAPER, weeks)).toBeCloseTo(expected, 4);
  });

  it.each([
    [{ x: 2, tx: 30.43, t: 38.86 }, 1.226, 0.7266],
    [{ x: 1, tx: 1.71, t: 38.86 }, 0.2032, 0.2121],
    [{ x: 0, tx: 0, t: 38.86 }, 0.1951, 1],
    [{ x: 26, tx: 30.86, t: 31 }, 20.75, 0.9689],
  ])('expects of %j in 39 weeks %d purchases, alive with %d', (history, expected, alive) => {
    expect(expectedPurchases(PAPER, history, 39)).toBeCloseTo(expected, expected > 10 ? 2 : 3);
    expect(probabilityAlive(PAPER, history)).toBeCloseTo(alive, 4);
  });
});

describe('A1: the number of purchases of a new customer', () => {
  it('has the published probabilities', () => {
    expect(probabilityOfCount(PAPER, 0, 39)).toBeCloseTo(0.573786, 6);
    expect(probabilityOfCount(PAPER, 10, 2) * 1e7).toBeCloseTo(1.0787, 3);
  });

  it('adds up to one, and to the expected number', () => {
    const counts = Array.from({ length: 400 }, (_, count) => probabilityOfCount(PAPER, count, 39));
    expect(counts.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 6);
    expect(counts.reduce((sum, one, count) => sum + one * count, 0)).toBeCloseTo(expectedOfNew(PAPER, 39), 5);
  });
});

describe('models that cannot be fitted', () => {
  const sixty = <One>(make: (index: number) => One) => Array.from({ length: 60 }, (_, index) => make(index));
  const bought = sixty((index) => ({ x: 1 + (index % 3), tx: 1 + (index % 7), t: 20 }));
  const spent = sixty(() => ({ x: 1, mean: 10 }));

  it.each([
    ['Fewer than 50 customers bought on more than one day (49)', bought, spent.slice(0, 49)],
    [
      'The model of purchases (BG/NBD) did not converge on 60 customers',
      sixty((index) => ({ x: 1, tx: 1, t: 520 + index })),
      spent,
    ],
    [
      'The model of values (Gamma-Gamma) did not converge on the 60 customers who bought on more than one day',
      bought,
      spent,
    ],
    [
      'The values of purchases differ so much that their model (Gamma-Gamma) has no mean (q is 0.0778, and must be above 1)',
      bought,
      sixty((index) => ({ x: 1, mean: 1.6 ** index })),
    ],
  ])('name the one reason: %s', async (reason, purchases, spendings) => {
    expect(await fitModels(purchases, spendings)).toEqual({ reason });
  });
});

describe('A2: Gamma-Gamma', () => {
  it('lies between the own average and that of all', () => {
    expect(meanValue(SPENDING)).toBeCloseTo(35.22, 2);
    expect(meanValue({ ...SPENDING, q: 1 })).toBeNull();
    expect(expectedValue(SPENDING, { x: 2, mean: 22.35 })).toBeCloseTo(24.66, 2);
    expect(expectedValue(SPENDING, { x: 1, mean: 11.77 })).toBeCloseTo(18.92, 2);
    expect(expectedValue(SPENDING, { x: 7, mean: 73.74 })).toBeCloseTo(71.47, 1);
    expect(expectedValue(SPENDING, { x: 0, mean: 0 })).toBeCloseTo(35.22, 2);
  });

  onData('fits the 946 repeaters of CDNOW as published', async () => {
    const days = purchaseDays().filter(({ day }) => day <= '1997-09-30');
    const customers = groupBy(days, ({ customer }) => customer);
    const spendings = [...customers.values()].flatMap((all) => {
      const again = all.sort((a, b) => (a.day < b.day ? -1 : 1)).slice(1);
      const mean = again.reduce((sum, { amount }) => sum + amount, 0) / again.length;
      return again.length > 0 && mean > 0 ? [{ x: again.length, mean }] : [];
    });
    expect(spendings).toHaveLength(946);
    const model = (await fitGammaGamma(spendings))!;
    expect(model.p).toBeCloseTo(6.249, 2);
    expect(model.q).toBeCloseTo(3.745, 2);
    expect(model.v).toBeCloseTo(15.448, 1);
    expect(correlation(spendings)).toBeCloseTo(0.114, 3);
  });

  it('is discounted by month: customer 1 is worth 36.29 of 38.53', () => {
    const purchases = (weeks: number) => expectedPurchases(PAPER, { x: 2, tx: 30.43, t: 38.86 }, weeks);
    const value = expectedValue(SPENDING, { x: 2, mean: 22.35 });
    expect(discounted(purchases, value, { months: 12, rate: 0.01 }).clv).toBeCloseTo(36.29, 1);
    expect(discounted(purchases, value, { months: 12, rate: 0 }).clv).toBeCloseTo(38.53, 1);
  });

  it('has a fallback: the own rate and average, measured over four weeks at least', () => {
    const estimate = averageEstimate({ x: 4, ageDays: 280, meanOfAll: 20 }, 12, 0);
    expect(estimate.orders).toBeCloseTo((4 / 40) * 12 * 4.345, 6);
    expect(estimate.clv).toBeCloseTo(estimate.orders * 20, 6);
    expect(averageEstimate({ x: 1, ageDays: 1, meanOfAll: 20 }, 1, 0).orders).toBeCloseTo(4.345 / 4, 6);
    expect(correlation([{ x: 1, mean: 1 }, { x: 2, mean: 2 }])).toBeNull(); // prettier-ignore
    expect(correlation([1, 2, 3].map((x) => ({ x: 1, mean: x })))).toBeNull();
  });
});

it('A3: heavy buyers stay finite', () => {
  expect(probabilityAlive(PAPER, { x: 300, tx: 200, t: 500 }) / 1e-116).toBeCloseTo(6.3, 1);
  expect(probabilityAlive(PAPER, { x: 300, tx: 495, t: 500 })).toBeCloseTo(0.9502, 4);
  expect(expectedPurchases(PAPER, { x: 3_000, tx: 1, t: 5_000 }, 52)).toBe(0);
  expect(expectedPurchases(PAPER, { x: 3_000, tx: 500, t: 500 }, 52)).toBeGreaterThan(100);
});

describe('A4: scores of equals', () => {
  it('are equal', () => {
    expect(tiedScores([1, 1, 1, 1, 1, 1, 2, 3, 5, 9])).toEqual([1, 1, 1, 1, 1, 1, 4, 4, 5, 5]);
    expect(tiedScores([7])).toEqual([1]);
  });

  it('put each customer into one segment', () => {
    const scores = [1, 2, 3, 4, 5];
    const all = scores.flatMap((r) => scores.flatMap((f) => scores.map((m) => segmentOf({ r, f, m }))));
    expect(new Set(all)).toEqual(new Set(SEGMENTS.map(({ name }) => name)));
    expect(segmentOf({ r: 5, f: 1, m: 5 })).toBe('recent');
    expect(segmentOf({ r: 2, f: 5, m: 5 })).toBe('cannot_lose');
    expect(segmentOf({ r: 1, f: 1, m: 5 })).toBe('lost');
  });
});
