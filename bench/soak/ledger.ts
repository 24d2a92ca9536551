/** What a client knows of one call. */
export interface CallRecord {
  /** Its User-Agent, by which the trail is asked for it. */
  readonly marker: string;
  readonly kind: string;
  readonly user: string;
  readonly from: number;
  /** The same moment as the trail would write it, ms since 1970. */
  readonly at: number;
  to: number;
  /** True where the client has got another certificate since, and this call goes on with the old one. */
  outlivesCertificate?: boolean;
  /** Of the answer, once its head was there. */
  status?: number;
  /** True for an answer that ended as its framing promised. */
  whole: boolean;
  /** What the client saw where there was no whole answer. */
  error?: string;
  /** What is wrong with a whole answer. */
  wrong?: string;
}

/** Every call of every client, in the order in which they began. */
export class Ledger {
  readonly calls: CallRecord[] = [];

  begin(kind: string, user: string): CallRecord {
    const record: CallRecord = {
      ...{ marker: `soak/${this.calls.length}`, kind, user },
      ...{ from: performance.now(), at: Date.now(), to: Infinity, whole: false },
    };
    this.calls.push(record);
    return record;
  }
}
