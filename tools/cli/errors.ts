/** Errors of commands, whose messages are complete. */

/** A wrong command line, or a state in which a command cannot do its work. */
export class UsageError extends Error {}
