/** Imported before anything else: libraries read these once, when they are loaded. */

// Unknown modes would make libraries slow and verbose. Defaults to development.
process.env.NODE_ENV ??= 'development';
// Disables all telemetry.
process.env.APOLLO_TELEMETRY_DISABLED = 'true';

export {};
