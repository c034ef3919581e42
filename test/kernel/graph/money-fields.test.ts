import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { graphql, type ExecutionResult } from 'graphql';
import { buildSubgraph, defineSubgraph } from '#kernel/graph/subgraph';
import type { Scope } from '#kernel/auth/scopes';
import { userActor } from '#test/harness/actors';
import { amount } from '#test/harness/values';

const SCHEMA = `
  type Query { bill: Bill! @public }
  type Bill {
    currency: String
    total: Money!
    paid: Money
    tips: [Money!]!
    margin: Money @auth(scopes: ["costs:read"])
  }`;

/** Answers a bill's fields, which the domain has no resolvers for. */
async function answer(bill: object, scopes: readonly Scope[] = []): Promise<ExecutionResult> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'money-'));
  try {
    writeFileSync(path.join(folder, 'schema.graphql'), SCHEMA);
    const schema = buildSubgraph(defineSubgraph(folder, { resolvers: { Query: { bill: () => bill } } }));
    const fields = Object.keys(bill).join(' ');
    return await graphql({
      schema,
      source: `{ bill { ${fields} } }`,
      contextValue: { actor: userActor({ scopes }), config: {} },
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const noAmount = null;

describe('a field of money without a resolver', () => {
  it.each([
    ['EUR', '12.50'],
    ['JPY', '13'],
    ['KWD', '12.500'],
  ])('has the digits of its row’s currency: %s', async (currency, shown) => {
    const total = amount(currency === 'JPY' ? '13' : '12.5');
    const { data, errors } = await answer({ currency, total });
    expect(errors).toBeUndefined();
    expect(data).toEqual({ bill: { currency, total: shown } });
  });

  it('may be null, a text, a promise or a function, and a list of them', async () => {
    const { data, errors } = await answer({
      currency: 'EUR',
      total: () => Promise.resolve(amount('3')),
      paid: noAmount,
      tips: ['1.00', '2.00'],
    });
    expect(errors).toBeUndefined();
    expect(data).toEqual({ bill: { currency: 'EUR', total: '3.00', paid: null, tips: ['1.00', '2.00'] } });
  });

  it('is an error where it was not rounded, or where its row has no currency', async () => {
    for (const bill of [{ currency: 'EUR', total: amount('1.005') }, { total: amount('1') }]) {
      const { data, errors } = await answer(bill);
      expect(data).toBeNull();
      expect(errors).toHaveLength(1);
    }
  });

  it('stays hidden from a caller without its permission', async () => {
    const bill = { currency: 'EUR', total: amount('1'), margin: amount('0.4') };
    const hidden = await answer(bill);
    expect(hidden.data).toEqual({ bill: { currency: 'EUR', total: '1.00', margin: null } });
    expect(hidden.errors?.map((error) => error.path)).toEqual([['bill', 'margin']]);
    expect(hidden.errors?.[0]?.message).toContain('Bill.margin is hidden.');
    const shown = await answer(bill, ['costs:read']);
    expect(shown).toEqual({ data: { bill: { currency: 'EUR', total: '1.00', margin: '0.40' } } });
  });
});
