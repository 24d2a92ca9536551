/** A container as the daemon describes it. */
export interface ContainerFacts {
  readonly kind: 'container';
  /** 64 lower-case hex digits. */
  readonly id: string;
  /** Without the leading slash; may change while the id stays. */
  readonly name: string;
  /** The image as it was named at the create: a reference, or an id. Never changes. */
  readonly image: string;
  /** `sha256:…` of that image. */
  readonly imageId: string;
  /** Those of the image among them. Never change. */
  readonly labels: Readonly<Record<string, string>>;
}

/** An exec, and the container that it runs in. */
export interface ExecFacts {
  readonly kind: 'exec';
  readonly id: string;
  readonly container: ContainerFacts;
}

export interface NetworkFacts {
  readonly kind: 'network';
  /** 64 hex digits, or the 25 characters of a swarm's. */
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface ImageFacts {
  readonly kind: 'image';
  /** `sha256:…`. */
  readonly id: string;
  /** Every name:tag that the image has now. */
  readonly tags: readonly string[];
  /** Every name@digest that the image has now. */
  readonly digests: readonly string[];
  /** The user that its processes have where nobody says otherwise; empty is root. */
  readonly user: string;
  /** `NAME=VALUE`; values may be secrets. */
  readonly env: readonly string[];
}

export interface VolumeFacts {
  readonly kind: 'volume';
  readonly name: string;
  readonly driver: string;
  /** What the driver was given; `device` of the local driver may be any path of the host. */
  readonly options: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

interface FactsByKind {
  readonly container: ContainerFacts;
  readonly exec: ExecFacts;
  readonly network: NetworkFacts;
  readonly image: ImageFacts;
  readonly volume: VolumeFacts;
}

/** The kinds of objects that the daemon can be asked about by a name. */
export type ObjectKind = keyof FactsByKind;
export type FactsOf<K extends ObjectKind> = FactsByKind[K];
export type ObjectFacts = FactsOf<ObjectKind>;

/** What the daemon said of a reference: what it is, or why it is nothing. */
export type Resolution<K extends ObjectKind> =
  | { readonly found: FactsOf<K> }
  /** Its status (404: no such object; others: several, or an error) and its message. */
  | { readonly status: number; readonly message: string };

/** An answer of the daemon, whole. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

/**
 * Asks the daemon with GET.
 *
 * @param target path and query, without an API version.
 * @returns its answer; rejects with CallError `DAEMON_UNREACHABLE` or `DAEMON_BROKE_OFF` where there
 * was none, none in time, or one that is too large to be true.
 */
export type Ask = (target: string) => Promise<Answer>;
