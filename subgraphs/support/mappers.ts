/** Types behind the graph's types: `Row as GraphType`. Pages need none: `XPage` is a `Page` of `X`. */
export type {
  EntityReference as Branch,
  EntityReference as Customer,
  EntityReference as Order,
  EntityReference as User,
} from '#kernel/graph/entity-reference';
export type {
  CannedAnswerRow as CannedAnswer,
  HolidayRow as Holiday,
  SlaPolicyRow as SlaPolicy,
  TicketAttachmentRow as TicketAttachment,
  TicketBreachRow as SlaBreach,
  TicketMessageRow as TicketMessage,
  TicketQueueRow as TicketQueue,
  TicketRow as Ticket,
  TicketRow as TicketSla,
} from './tables.generated';
export type { FilledAnswer } from './answers/fill-answer';
export type { TicketRating } from './ratings/rate-ticket';
export type { SupportMailSettings } from './mail/mail-settings';
export type { BusinessHours } from './sla/business-hours';
export type { HolidayImport } from './sla/import-holidays';
export type { SlaEscalation, SlaTarget } from './sla/sla-model';
export type { BusinessWindow } from './sla/business-time.rules';
export type { SupportSettings } from './settings/support-settings';
export type { TicketReply } from './tickets/reply-to-ticket';
export type { TicketChange } from './tickets/subscriptions';
