/** The security headers of every answer. */
export const SECURITY_HEADERS = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  // Answers are data; the pages for people set their own policy.
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
};

/** Makes browsers use only TLS for a year. */
export const STRICT_TRANSPORT = { 'strict-transport-security': 'max-age=31536000' };
