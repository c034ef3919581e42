/** A sale with a discount code, redeemed points and a gift card: three statements more than a cash sale, one for each ledger. */
import type { PoolClient } from 'pg';
import { uuidv7 } from 'uuidv7';
import { money, sell, sumsOf, taxIn, type Basket, type Line, type Sale } from './checkout';
import type { BareHandler } from './shop';

interface BenefitBasket extends Basket {
  readonly code: string;
  readonly customer_id: string;
  readonly gift_card_id: string;
}

const CODE_PERCENT = 10;
/** A hundred points are worth a unit of the currency, and each unit that is paid earns one. */
const REDEEMED_POINTS = 100;

export const checkoutWithBenefits: BareHandler = (request) => sell(request, takeBenefits);

async function takeBenefits(client: PoolClient, sale: Sale): Promise<Sale> {
  const basket = sale.basket as BenefitBasket;
  const byCode = sale.lines.map((line) => reduced(line, Math.round((line.totalCents * CODE_PERCENT) / 100)));
  const codeCents = sumsOf(byCode).discountCents;
  const [first, ...rest] = byCode;
  const lines = [reduced(first!, REDEEMED_POINTS), ...rest];
  const discounted: Sale = { ...sale, method: 'gift_card', lines, ...sumsOf(lines) };
  await takeCode(client, discounted, basket, codeCents);
  await changePoints(client, discounted, basket);
  await payByGiftCard(client, discounted, basket);
  return discounted;
}

function reduced(line: Line, cents: number): Line {
  const totalCents = line.totalCents - cents;
  const discountCents = line.discountCents + cents;
  return { ...line, discountCents, totalCents, taxCents: taxIn(totalCents, Number(line.rate)) };
}

async function takeCode(
  client: PoolClient,
  { shop, id }: Sale,
  { code, customer_id }: BenefitBasket,
  cents: number,
): Promise<void> {
  await client.query({
    name: 'code',
    text: `
      with code as (
        update discount_codes set uses = uses + 1
        where organization_id = $1 and code_key = $2 and (uses_limit is null or uses < uses_limit) returning id, campaign_id
      ), campaign as (
        update campaigns c set uses = c.uses + 1, spent = c.spent + $3, entries = c.entries + 1
        from code where c.id = code.campaign_id and c.status = 'active' returning c.id, c.entries, c.uses, c.spent, code.id as code_id
      )
      insert into campaign_entries (id, organization_id, campaign_id, number, code_id, order_id, customer_id, customer_keys, uses, amount,
        uses_after, spent_after, created_at)
      select $4, $1, id, entries, code_id, $5, $6, '{}', 1, $3, uses, spent, now() from campaign`,
    values: [shop.organizationId, code, money(cents), uuidv7(), id, customer_id],
  });
}

async function changePoints(
  client: PoolClient,
  { shop, id, totalCents }: Sale,
  { customer_id }: BenefitBasket,
): Promise<void> {
  await client.query({
    name: 'points',
    text: `
      with account as (
        update loyalty_accounts set balance = balance - $4 + $5, entries = entries + 2, updated_at = now()
        where customer_id = $2 and balance >= $4 returning entries, balance, pending
      ), lot as (
        insert into loyalty_lots (id, organization_id, customer_id, entry_id, points, remaining, pending, available_at, created_at)
        select $7, $1, $2, $7, $5, $5, false, now(), now() from account where $5 > 0
      )
      insert into loyalty_entries (id, organization_id, customer_id, number, kind, points, balance, pending, reference_type, reference_id,
        user_id, created_at)
      select x.id, $1, $2, account.entries - 2 + x.n, x.kind, x.points, account.balance - case x.n when 1 then $5 else 0 end, account.pending,
        'order', $3, $8, now()
      from account, (values ($6::uuid, 1, 'redeem', -$4::int), ($7::uuid, 2, 'earn', $5::int)) as x(id, n, kind, points)`,
    values: [
      ...[shop.organizationId, customer_id, id, REDEEMED_POINTS, Math.floor(totalCents / 100)],
      ...[uuidv7(), uuidv7(), shop.userId],
    ],
  });
}

async function payByGiftCard(
  client: PoolClient,
  { shop, id, totalCents }: Sale,
  { gift_card_id }: BenefitBasket,
): Promise<void> {
  await client.query({
    name: 'gift-card',
    text: `
      with card as (
        update gift_cards set balance = balance - $3, entries_count = entries_count + 1, updated_at = now()
        where organization_id = $1 and id = $2 and balance >= $3 and disabled_at is null returning id, balance, entries_count
      )
      insert into gift_card_entries (id, organization_id, gift_card_id, number, kind, amount, balance, reference_type, reference_id,
        branch_id, user_id, created_at)
      select $4, $1, id, entries_count, 'redemption', -$3::numeric, balance, 'order', $5, $6, $7, now() from card`,
    values: [
      ...[shop.organizationId, gift_card_id, money(totalCents)],
      ...[uuidv7(), id, shop.branchId, shop.userId],
    ],
  });
}
