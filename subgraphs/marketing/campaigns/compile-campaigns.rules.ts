/** Campaigns prepared for pricing: their terms are read once, and an index finds the campaigns of an item. */
import { WEEKDAYS } from '#kernel/business-day.rules';
import type { Decimal } from '#kernel/decimal';
import type { CampaignRow } from '../tables.generated';
import {
  ACTION,
  CONDITIONS,
  type CampaignAction,
  type CampaignItems,
  type CampaignWindow,
} from './campaign-terms.rules';

/** An item as campaigns select it. */
export interface SelectedItem {
  readonly variantId: string;
  readonly productId: string;
  readonly categoryId: string | null;
  readonly brandId: string | null;
}

/** Whether a selection has an item; undefined for the selection of all items. */
type Selects = ((item: SelectedItem) => boolean) | undefined;

/** Hours of some weekdays, in minutes since midnight; an end below the start is on the next day. */
interface Hours {
  /** By number, Monday is 0. */
  readonly days: readonly boolean[];
  readonly from: number;
  readonly to: number;
}

interface Condition {
  readonly type: 'minimum_amount' | 'minimum_quantity';
  readonly minimum: Decimal;
  readonly selects: Selects;
}

export interface CompiledCampaign extends Pick<
  CampaignRow,
  | 'id'
  | 'name'
  | 'priority'
  | 'stackingGroup'
  | 'requiresCode'
  | 'audience'
  | 'budget'
  | 'usesLimit'
  | 'usesPerCustomer'
> {
  readonly exclusive: boolean;
  /** Milliseconds since 1970; null for no limit. The end is exclusive. */
  readonly startsMs: number | null;
  readonly endsMs: number | null;
  /** Empty for all. */
  readonly hours: readonly Hours[];
  readonly channels: ReadonlySet<string>;
  readonly branchIds: ReadonlySet<string>;
  readonly customerIds: ReadonlySet<string>;
  readonly groupIds: readonly string[];
  readonly segmentIds: readonly string[];
  readonly conditions: readonly Condition[];
  readonly action: CampaignAction;
  /** Items that `buy_x_get_y` reduces in place of those that are bought; null if it has none of its own. */
  readonly rewards: { readonly selects: Selects } | null;
}

/** The live campaigns of an organization, in the order in which they are applied. */
export interface CampaignSet {
  readonly campaigns: readonly CompiledCampaign[];
  /** Positions of campaigns by what selects them: "variant <id>", "category <id>" and so on. */
  readonly byItem: ReadonlyMap<string, readonly number[]>;
  /** Positions of campaigns that select all items. */
  readonly ofAllItems: readonly number[];
}

/** For a category, itself and those below it. */
export type CategoriesBelow = (categoryId: string) => readonly string[];

/**
 * Prepares campaigns for pricing.
 * @param rows in any order.
 */
export function compileCampaigns(
  rows: readonly CampaignRow[],
  categoriesBelow: CategoriesBelow,
): CampaignSet {
  const ordered = [...rows].sort((a, b) => b.priority - a.priority || (a.id < b.id ? -1 : 1));
  const byItem = new Map<string, number[]>();
  const ofAllItems: number[] = [];
  ordered.forEach(({ items }, position) => {
    const keys = itemKeys(items, categoriesBelow);
    if (keys.length === 0) ofAllItems.push(position);
    for (const key of keys) {
      const positions = byItem.get(key);
      if (positions) positions.push(position);
      else byItem.set(key, [position]);
    }
  });
  return { campaigns: ordered.map((row) => compileCampaign(row, categoriesBelow)), byItem, ofAllItems };
}

/** The keys under which `CampaignSet.byItem` has an item. */
export function keysOfItem({ variantId, productId, categoryId, brandId }: SelectedItem): string[] {
  return [
    `variant ${variantId}`,
    `product ${productId}`,
    ...(categoryId === null ? [] : [`category ${categoryId}`]),
    ...(brandId === null ? [] : [`brand ${brandId}`]),
  ];
}

function itemKeys(
  { variantIds, productIds, categoryIds, brandIds }: CampaignItems,
  categoriesBelow: CategoriesBelow,
): string[] {
  const categories = new Set(categoryIds.flatMap(categoriesBelow));
  return [
    ...variantIds.map((id) => `variant ${id}`),
    ...productIds.map((id) => `product ${id}`),
    ...[...categories].map((id) => `category ${id}`),
    ...brandIds.map((id) => `brand ${id}`),
  ];
}

function compileCampaign(row: CampaignRow, categoriesBelow: CategoriesBelow): CompiledCampaign {
  const action = ACTION.parse(row.action);
  const selects = (items: CampaignItems | null | undefined): Selects => {
    const keys = new Set(items ? itemKeys(items, categoriesBelow) : []);
    return keys.size === 0 ? undefined : (item) => keysOfItem(item).some((key) => keys.has(key));
  };
  const { id, name, priority, stackingGroup, requiresCode, audience } = row;
  return {
    ...{ id, name, priority, stackingGroup, requiresCode, audience },
    budget: row.budget,
    usesLimit: row.usesLimit,
    usesPerCustomer: row.usesPerCustomer,
    exclusive: row.stacking === 'exclusive',
    startsMs: row.startsAt?.getTime() ?? null,
    endsMs: row.endsAt?.getTime() ?? null,
    hours: row.windows.map(compileWindow),
    channels: new Set(row.channels),
    branchIds: new Set(row.branchIds),
    customerIds: new Set(row.customerIds),
    groupIds: row.groupIds,
    segmentIds: row.segmentIds,
    conditions: CONDITIONS.parse(row.conditions).map((condition) => ({
      type: condition.type,
      minimum: condition.type === 'minimum_amount' ? condition.amount : condition.quantity,
      selects: selects(condition.items),
    })),
    action,
    rewards: action.type === 'buy_x_get_y' && action.rewards ? { selects: selects(action.rewards) } : null,
  };
}

function compileWindow({ weekdays, from, to }: CampaignWindow): Hours {
  const minutes = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
  const days = WEEKDAYS.map((day) => weekdays.length === 0 || weekdays.includes(day));
  return { days, from: minutes(from), to: minutes(to) };
}

/** A moment on a branch's clock. */
export interface LocalMoment {
  /** Monday is 0. */
  readonly weekday: number;
  /** Since midnight. */
  readonly minute: number;
}

/** Whether hours include a moment: of hours past midnight, the weekday is that of their start. */
export function includesMoment(hours: readonly Hours[], { weekday, minute }: LocalMoment): boolean {
  if (hours.length === 0) return true;
  const yesterday = (weekday + 6) % 7;
  return hours.some(({ days, from, to }) => {
    if (to > from) return days[weekday]! && minute >= from && minute < to;
    return (days[weekday]! && minute >= from) || (days[yesterday]! && minute < to);
  });
}
