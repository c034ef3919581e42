/** Everything that other domains may call: tickets of customers. */
export { SUPPORT_EVENTS } from './events';
export { createCannedAnswer } from './answers/canned-answers';
export { createTicketQueue } from './queues/ticket-queues';
export { setBusinessHours } from './sla/business-hours';
export { SUPPORT_DEFAULTS, supportSettings, updateSupportSettings } from './settings/support-settings';
export { checkTickets } from './sla/check-tickets.worker';
export { createHoliday } from './sla/holidays';
export { createSlaPolicy } from './sla/sla-policies';
export { assignTicket, updateTicketStatus } from './tickets/change-ticket';
export { createTicket } from './tickets/create-ticket';
export { replyToTicket } from './tickets/reply-to-ticket';
