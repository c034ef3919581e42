/** What holds where people reach the platform over https: requests that came without TLS are sent there, and browsers stay there. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '#kernel/config';
import { STRICT_TRANSPORT } from './headers';

/** What load balancers and Prometheus ask for from inside, where there is no TLS. */
const INSIDE = /^\/(health(\/\w+)?|metrics)\/?(\?|$)/;

/**
 * Redirects (308) what came in the clear, where PUBLIC_URL is https; `request.protocol` follows X-Forwarded-Proto from
 * TRUSTED_PROXIES only. The target is PUBLIC_URL and never the Host header, which a caller may make up.
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
      // A request may name a whole URL in the place of its path.
      const target = request.url.startsWith('/') ? request.url : '/';
      void reply.redirect(`${origin}${target}`, 308);
      return;
    }
    done();
  });
}
