import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { CallerIdentity } from './identity/types.ts';

/** How a call ended, recorded once, by whoever saw the cause. */
export type CallEnd =
  'complete' | 'client-gone' | 'daemon-gone' | 'refused' | 'gate-stopped' | 'certificate-ended';

/** One admitted connection: the peer was identified before a byte of HTTP was parsed. */
export interface Connection {
  /** Address and port of the peer: `192.0.2.7:51234`, `[2001:db8::1]:51234`; `local` on a unix socket. */
  readonly remote: string;
  /** `TLSv1.2` or `TLSv1.3`; absent for a local caller. */
  readonly tls?: string;
  /** The suite, as IANA calls it: `TLS_AES_256_GCM_SHA384`; absent for a local caller. */
  readonly cipher?: string;
  readonly identity: CallerIdentity;
}

/** One request on its way through the gate, with the means to answer it. */
export interface Exchange {
  readonly connection: Connection;
  readonly request: IncomingMessage;
  /** Answers the request. For an upgrade: everything but a 101, and the connection then closes. */
  readonly response: ServerResponse;
  /** Present where the request carries `Connection: Upgrade`: the raw stream, and what came early. */
  readonly upgrade?: { readonly socket: Duplex; readonly head: Buffer } | undefined;
  /**
   * Takes the connection out of HTTP, for a call that the daemon hijacks without an upgrade. To be
   * called after the request's body has been read, before anything is answered.
   */
  readonly takeOver: () => Duplex;
  /** Why this request must not be served any more; undefined for all but leftovers. */
  readonly over?: string | undefined;
  /** True where the client waits for `100 Continue` before it sends the body. */
  readonly expectsContinue: boolean;
}

/** What was decided on a call, and by what. */
export interface Verdict {
  /** `warn`: it would have been refused, if its role did not merely warn. */
  readonly decision: 'allow' | 'deny' | 'warn';
  /** Which line of the policy says so. */
  readonly rule?: string | undefined;
  readonly role?: string | undefined;
  /** Why it was refused, or would have been. */
  readonly reason?: string | undefined;
}

/** The object that a call is about, in the daemon's own words. */
export interface CallTarget {
  readonly kind: string;
  readonly id?: string | undefined;
  /** Of an exec: the id of its container. */
  readonly container?: string | undefined;
  /** Of an exec: its container's, and so is the image. */
  readonly name?: string | undefined;
  readonly image?: string | undefined;
}

/** What became of a call. */
export interface Outcome {
  /** The status that the client saw; 0 where none was sent. */
  readonly status: number;
  /** Bytes of bodies and of upgraded streams, without heads and framing. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly end: CallEnd;
  /** When the head of the daemon's answer was there, on the clock of `performance.now()`; absent without one. */
  readonly answeredAt?: number;
  /** The answer's body, where it was to be kept and is whole. */
  readonly answer?: Buffer;
  /** What the process that the call was about ended with. */
  readonly exitCode?: number;
  /** Why, where the call was refused or broke. */
  readonly reason?: string;
}
