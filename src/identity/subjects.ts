import type { X509Certificate } from 'node:crypto';
import type { Evidence } from './trust.ts';

/** Attribute → its value, or several of them. */
export type Subject = Readonly<Record<string, unknown>>;

const MAX_REMEMBERED = 20_000;

/**
 * What certificates say of whom they are for. Getting at it takes a tenth of a handshake, and a client shows the same
 * certificate each time: it is remembered by the SHA-256 of the whole of it.
 */
export class Subjects {
  readonly #known = new Map<string, Subject>();

  of({ leaf, fingerprint }: Evidence): Subject {
    const known = this.#known.get(fingerprint);
    if (known !== undefined) return known;
    const subject = subjectOf(leaf);
    if (this.#known.size >= MAX_REMEMBERED) this.#known.clear();
    this.#known.set(fingerprint, subject);
    return subject;
  }
}

/** Read from the unescaped form: what the rules refuse must not hide in escapes. */
function subjectOf(certificate: X509Certificate): Subject {
  // Absent where the subject is empty, whatever the types say.
  const subject: object | undefined = certificate.toLegacyObject().subject;
  return { ...subject };
}
