/** What every answer says to browsers, whoever writes it. */
export const SECURITY_HEADERS = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  // Answers are data; the pages for people set a policy of their own.
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
};

/** Tells browsers that the platform is reached over TLS only, for a year. */
export const STRICT_TRANSPORT = { 'strict-transport-security': 'max-age=31536000' };
