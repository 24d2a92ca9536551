import { CallError } from '../errors.ts';
import { headerValues, type RawHeaders } from '../http/headers.ts';

/**
 * Keeps the pages of other sites out of the monitoring listener. Whoever reads it with a browser brings along what
 * else is open in that browser, and on loopback no certificate stands in the way:
 *
 * - a site may let its own name stand for 127.0.0.1 (DNS rebinding) and is then of one origin with this listener; the
 *   browser still sends that name as `Host`;
 * - a page may send requests here whose answers it cannot read; browsers mark these with `Origin` or `Sec-Fetch-Site`.
 *
 * @param plain true for the listener without TLS, where the host has to be a name of loopback. With TLS the name is in
 * the certificate.
 * @throws CallError `ORIGIN_REFUSED`.
 */
export function refuseOtherSites(headers: RawHeaders, plain: boolean): void {
  const [host] = headerValues(headers, 'host');
  if (plain && host !== undefined && !LOOPBACK.test(host)) {
    refuse('the Host is no name of loopback: use 127.0.0.1, [::1] or localhost');
  }
  for (const origin of headerValues(headers, 'origin')) {
    if (origin !== `http${plain ? '' : 's'}://${host ?? ''}`) refuse('a request of another site');
  }
  for (const site of headerValues(headers, 'sec-fetch-site')) {
    if (site !== 'same-origin' && site !== 'none') refuse('a request of another site');
  }
}

const LOOPBACK = /^(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(?::\d{1,5})?$/i;

function refuse(what: string): never {
  throw new CallError('ORIGIN_REFUSED', `refused: ${what}`);
}
