import { readAnswerHead, type AnswerHead } from './answer-head.ts';

/** Of either kind. */
const MAX_KNOWN = 16;
/** Characters; a daemon's have some two hundred. */
const LONGEST_KNOWN = 1024;

const known = new Map<string, AnswerHead>();
/** Of answers to HEAD, which are framed otherwise. */
const knownOfHead = new Map<string, AnswerHead>();

/**
 * As {@link readAnswerHead}, with what was read lately at hand: a daemon says the same of itself in each answer, and its clock tells seconds. Where
 * much is asked, few heads differ.
 *
 * @returns one that others may have too.
 * @throws MalformedAnswer
 */
export function readKnownHead(text: string, isHead: boolean): AnswerHead {
  const heads = isHead ? knownOfHead : known;
  const found = heads.get(text);
  if (found !== undefined) return found;
  const head = readAnswerHead(text, isHead);
  if (text.length <= LONGEST_KNOWN) {
    if (heads.size >= MAX_KNOWN) heads.clear();
    heads.set(text, head);
  }
  return head;
}
