/** Types behind the graph's types: `Row as GraphType`. Pages need none: `XPage` is a `Page` of `X`. */
export type { PaymentMethod } from './payment-methods.rules';
export type {
  EntityReference as Branch,
  EntityReference as Order,
  EntityReference as User,
} from '#kernel/graph/entity-reference';
export type { PaymentRow as Payment } from './payments';
