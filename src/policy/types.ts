import type { BodyAction, BodyView } from '../docker-api/body/bodies.ts';
import type { Operation } from '../docker-api/operation.ts';
import type { SubjectKind } from '../docker-api/subject.ts';

/** Who is calling, as far as a policy looks at it. */
export interface Caller {
  readonly user: string;
  /** The role that the certificate carries, where our own CA signed it. */
  readonly role?: string | undefined;
  /** SHA-256 over the certificate's DER, 64 lower-case hex digits; undefined for a local caller. */
  readonly fingerprint?: string | undefined;
  /** SHA-256 of the public key of the outside CA that issued it, hex; undefined for our own; `local` without one. */
  readonly ca?: string | undefined;
  /** IP address of the peer, without a port; no address for a local caller. */
  readonly address: string;
  /** ms since the epoch. */
  readonly now: number;
}

/** The body of a call, as the daemon decodes it. */
export type CallBody = {
  readonly [A in BodyAction]: {
    readonly action: A;
    readonly view: BodyView<A>;
    /** JSON pointers of the fields that no daemon of that version knows. */
    readonly unknownFields: readonly string[];
  };
}[BodyAction];

/** An object that a decision needs to know more of than how the call names it. */
export interface Reference {
  readonly kind: 'container' | 'exec' | 'image' | 'network' | 'volume';
  /** The name, id or beginning of an id, as the call has it (a container's without leading `/`). */
  readonly ref: string;
  /** Where the call has it: only what stands in the path can be replaced by the id. */
  readonly from: 'path' | 'query' | 'body';
}

/** What the daemon says about one object. */
export interface TargetFacts {
  readonly kind: SubjectKind;
  /** The reference that these facts answer, exactly as it was asked for. */
  readonly ref: string;
  /** The daemon has no such object. All that follows is absent then. */
  readonly missing?: true | undefined;
  /** Full id. */
  readonly id?: string | undefined;
  /** Without leading `/`. An exec's name, labels and images are those of its container. */
  readonly name?: string | undefined;
  /** All names of an image: its tags and digests (RepoTags, RepoDigests). */
  readonly names?: readonly string[] | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** The reference that a container was created from (Config.Image). */
  readonly image?: string | undefined;
  readonly imageId?: string | undefined;
  /** The user that an image starts as where the container names none (Config.User). */
  readonly user?: string | undefined;
  /** Its environment, `NAME=VALUE`. Values may be secrets. */
  readonly env?: readonly string[] | undefined;
  /** Driver and options of a volume. */
  readonly driver?: string | undefined;
  readonly options?: Readonly<Record<string, string>> | undefined;
}

/** A call to be judged. */
export interface Question {
  readonly caller: Caller;
  readonly operation: Operation;
  /** Where {@link Policy.needs} asked for it. */
  readonly body?: CallBody | undefined;
  /** Answers to {@link Policy.references}. */
  readonly facts?: readonly TargetFacts[] | undefined;
  /** How to see the host's files; without it no path of the host can be allowed. */
  readonly resolveHostPath?: ResolveHostPath | undefined;
}

/**
 * A path of the daemon's host with every symbolic link followed. Of what is not there yet, the
 * deepest directory that is, followed, with the rest behind it. Undefined where it cannot be seen.
 */
export type ResolveHostPath = (path: string) => string | undefined;

export type Decision = Allowed | Refused;

export interface Allowed {
  readonly allow: true;
  /** Which line of the policy allows it: `policy.yaml:12`, or `preset viewer`. */
  readonly rule: string;
  readonly role: string;
  /** What would have been the reason of a refusal, if the role did not merely warn. */
  readonly warned?: string | undefined;
}

export interface Refused {
  readonly allow: false;
  /** The line that forbids it; undefined where nothing allows it. */
  readonly rule?: string | undefined;
  /** The role that came closest, or forbids it; undefined where the caller has none. */
  readonly role?: string | undefined;
  /** For the caller: what is refused, for which role, and why. Names no value of an environment. */
  readonly reason: string;
  /** For the caller: what would be needed. */
  readonly needed: string;
}

/** What has to be known before a call can be judged. */
export interface Needs {
  readonly body: boolean;
  /** Whether {@link Policy.references} may ask for something. */
  readonly facts: boolean;
}

/** How a call about all objects of a kind is held to those that its caller may see. */
export type Narrowing =
  | { readonly kind: 'as-is'; readonly warned?: string | undefined }
  /** To be added to the `filters` of the call: values of one name are alternatives, names add up. */
  | { readonly kind: 'filters'; readonly filters: Readonly<Record<string, readonly string[]>> }
  | { readonly kind: 'refuse'; readonly reason: string; readonly needed: string };

/** How much may be taken at a time; undefined is no limit. */
export interface CallLimits {
  /** Whose it is: of all together who have that role; undefined: of the caller alone. */
  readonly role?: string | undefined;
  readonly callsPerSecond?: number | undefined;
  readonly concurrentCalls?: number | undefined;
  readonly streams?: number | undefined;
  readonly builds?: number | undefined;
}

/** Who may do what. In doubt nobody may: what no rule allows is refused. */
export interface Policy {
  /** From what path, query and caller tell alone. */
  needs(caller: Caller, operation: Operation): Needs;
  /** The objects that {@link Policy.decide} has to know; nothing else is worth asking for. */
  references(question: Pick<Question, 'caller' | 'operation' | 'body'>): readonly Reference[];
  decide(question: Question): Decision;
  /** For calls that {@link Policy.decide} allows. */
  narrow(caller: Caller, operation: Operation): Narrowing;
  /** All of them hold: none is no limit. */
  limits(caller: Caller): readonly CallLimits[];
}

/** Something that is wrong with a policy. */
export interface PolicyProblem {
  /** First line is 1. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
}
