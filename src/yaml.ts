import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type ParsedNode,
} from 'yaml';

type Path = readonly PropertyKey[];

/** Counted from 1. */
interface Place {
  readonly line: number;
  readonly column: number;
}

/** Something that is wrong with a document. */
export interface DocumentProblem extends Place {
  readonly message: string;
}

/** A file of settings or a policy, and where in it each value stands. */
export interface YamlDocument {
  readonly value: unknown;
  /** What is wrong with it as YAML. */
  readonly problems: readonly DocumentProblem[];
  /** Where the value stands, or the nearest one around it that is there; counted from 1. */
  locate(path: Path): Place;
}

/**
 * Reads one YAML document (1.2, core schema). What a reader may take differently is a problem: a key
 * given twice, tags, a second document. So is a warning.
 */
export function readDocument(source: string | Uint8Array): YamlDocument {
  const text = typeof source === 'string' ? source : decoded(source);
  if (text === undefined) return unreadable('the file is not text in UTF-8');
  if (text.length > MAX_LENGTH) return unreadable('more than 4 MiB is not read');
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
    merge: false,
    schema: 'core',
  });
  const problems = [
    ...[...document.errors, ...document.warnings].filter(isNoTag).map((error) => ({
      ...placeAt(lines, error.pos[0]),
      message: `not valid YAML: ${MESSAGES[error.code] ?? error.message}`,
    })),
    ...tagged(document).map((offset) => ({
      ...placeAt(lines, offset),
      message: 'tags ("!…") are not read: write the value without',
    })),
  ];
  const locate = (path: Path): Place => placeAt(lines, offsetOf(document, path));
  if (problems.length > 0) return { value: undefined, problems, locate };
  try {
    // Anchors are followed, a few: more would be a bomb.
    return { value: document.toJS({ maxAliasCount: 100 }), problems, locate };
  } catch (error) {
    const message = `not valid YAML: ${(error as Error).message}`;
    return { value: undefined, problems: [{ line: 1, column: 1, message }], locate };
  }
}

/** In characters. What is longer would keep calls waiting while it is read. */
const MAX_LENGTH = 4 * 1024 * 1024;

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function unreadable(message: string): YamlDocument {
  const locate = (): Place => ({ line: 1, column: 1 });
  return { value: undefined, problems: [{ ...locate(), message }], locate };
}

/** Where the library speaks to programmers. */
const MESSAGES: Readonly<Record<string, string>> = {
  MULTIPLE_DOCS: 'a second document starts here, and a file holds one',
  DUPLICATE_KEY: 'this name stands here for the second time',
};

type Parsed = Document.Parsed;

/** All tags are problems here, whether the library knows them or not. */
function isNoTag({ code }: { readonly code: string }): boolean {
  return code !== 'TAG_RESOLVE_FAILED' && code !== 'BAD_COLLECTION_TYPE';
}

/** Where values with a tag stand: what a tag makes of them is not written down here. */
function tagged(document: Parsed): readonly number[] {
  const offsets: number[] = [];
  visit(document, {
    Node: (_, node) => {
      if (!isAlias(node) && node.tag !== undefined) offsets.push((node as ParsedNode).range[0]);
    },
  });
  return offsets;
}

/** Of a field the place of its name, of an element that of its value. */
function offsetOf(document: Parsed, path: Path): number {
  let node: ParsedNode | null = document.contents;
  let offset = 0;
  for (const step of path) {
    const next = stepInto(resolved(node, document), step);
    if (next === undefined) break;
    ({ offset, node } = next);
  }
  return offset;
}

function resolved(node: ParsedNode | null, document: Parsed): ParsedNode | null | undefined {
  // What an anchor of a parsed document stands for has been parsed too.
  return isAlias(node) ? (node.resolve(document) as ParsedNode | undefined) : node;
}

function stepInto(node: ParsedNode | null | undefined, step: PropertyKey) {
  if (isMap<ParsedNode, ParsedNode | null>(node)) {
    const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
    return pair && { offset: pair.key.range[0], node: pair.value };
  }
  if (isSeq<ParsedNode>(node)) {
    const item = node.items[Number(step)];
    return item && { offset: item.range[0], node: item };
  }
  return undefined;
}

function placeAt(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  // An empty file has no line.
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}
