/** A pattern for names. Case counts, and the whole text has to match. */
export interface Glob {
  /** As it was written. */
  readonly source: string;
  /** True where the pattern is a name: it has neither `*` nor `?`. */
  readonly isLiteral: boolean;
  matches(text: string): boolean;
}

/**
 * `*` stands for any run of characters, `?` for one. With a separator both stop at it, and `**` is
 * what crosses it.
 *
 * Matching takes time in proportion to both lengths whatever the pattern is, since the text is a
 * caller's.
 */
export function compileGlob(source: string, separator?: string): Glob {
  const isLiteral = !/[*?]/.test(source);
  if (isLiteral) return { source, isLiteral, matches: (text) => text === source };
  const tokens = tokenize(source, separator);
  return { source, isLiteral, matches: (text) => run(tokens, text, separator) };
}

type Token = { readonly one: string } | 'any' | 'run' | 'run-across';

function tokenize(source: string, separator: string | undefined): readonly Token[] {
  const tokens: Token[] = [];
  for (const [part] of source.matchAll(/\*+|\?|[^*?]/gsu)) {
    if (part === '?') tokens.push('any');
    else if (!part.startsWith('*')) tokens.push({ one: part });
    else tokens.push(separator === undefined || part.length > 1 ? 'run-across' : 'run');
  }
  return tokens;
}

/** All states that the text so far may have led to, at once (Thompson's construction). */
function run(tokens: readonly Token[], text: string, separator: string | undefined): boolean {
  let states = closure(tokens, new Set([0]));
  for (const character of text) {
    const next = new Set<number>();
    for (const state of states) {
      const token = tokens[state];
      if (token === undefined || !accepts(token, character, separator)) continue;
      next.add(typeof token === 'string' && token !== 'any' ? state : state + 1);
    }
    if (next.size === 0) return false;
    states = closure(tokens, next);
  }
  return states.has(tokens.length);
}

function accepts(token: Token, character: string, separator: string | undefined): boolean {
  if (typeof token === 'object') return token.one === character;
  return token === 'run-across' || character !== separator;
}

/** A run may be empty. */
function closure(tokens: readonly Token[], states: Set<number>): Set<number> {
  for (const state of states) {
    const token = tokens[state];
    if (token === 'run' || token === 'run-across') states.add(state + 1);
  }
  return states;
}

/** Whether any of the patterns matches: none means no. */
export function matchesAny(globs: readonly Glob[], text: string): boolean {
  return globs.some((glob) => glob.matches(text));
}
