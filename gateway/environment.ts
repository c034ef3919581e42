/** Imported before anything else: libraries read these once, when they are loaded. */

// Unknown modes would make libraries slow and talkative; development is meant where nothing is said.
process.env.NODE_ENV ??= 'development';
// Nothing here reports to anybody.
process.env.APOLLO_TELEMETRY_DISABLED = 'true';

export {};
