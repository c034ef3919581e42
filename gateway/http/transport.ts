/** The rules for a platform with https: plain requests are redirected, and browsers stay on https. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '#kernel/config';
import { STRICT_TRANSPORT } from './headers';

/** Paths that load balancers and Prometheus read from inside, without TLS. */
const INSIDE = /^\/(health(\/\w+)?|metrics)\/?(\?|$)/;

/**
 * Redirects (308) plain requests if PUBLIC_URL is https; `request.protocol` follows X-Forwarded-Proto from
 * TRUSTED_PROXIES only. The target is PUBLIC_URL and never the Host header, which a caller may forge.
 */
export function requireTls(
  app: FastifyInstance,
  { publicUrl, trustedProxies }: Pick<Config, 'publicUrl' | 'trustedProxies'>,
): void {
  const { protocol, origin } = new URL(publicUrl);
  if (protocol !== 'https:') return;
  if (trustedProxies.length === 0) {
    app.log.warn(
      'PUBLIC_URL is https, but TRUSTED_PROXIES names no proxy: every request counts as one without TLS, and is redirected',
    );
  }
  app.addHook('onRequest', (request: FastifyRequest, reply: FastifyReply, done) => {
    if (request.protocol === 'https') reply.headers(STRICT_TRANSPORT);
    else if (!INSIDE.test(request.url)) {
      // A request may have a complete URL in place of its path.
      const target = request.url.startsWith('/') ? request.url : '/';
      void reply.redirect(`${origin}${target}`, 308);
      return;
    }
    done();
  });
}
