/** A block of shell commands of a document, to be run by a test as it stands. */
export interface Block {
  readonly script: string;
  /**
   * `command` ends by itself. A `server` is left running while the blocks after it run; one that is
   * meant `instead` of the server before it takes that one's place and starts from nothing. A `container` block is for
   * the host of a daemon that runs containers with a network.
   */
  readonly kind: 'command' | 'server' | 'instead' | 'container';
}

/**
 * The blocks under one heading that are marked to be run: fenced as `sh run`, `sh run server`,
 * `sh run server instead` or `sh run container`.
 *
 * @param markdown the document.
 * @param heading text of the heading; its section ends with the next heading of the same level.
 */
export function blocksToRun(markdown: string, heading: string): Block[] {
  const fenced = /^```sh run( container)?( server)?( instead)?\n(.*?)^```$/gms;
  const blocks = [...section(markdown, heading).matchAll(fenced)];
  return blocks.map(([, container, server, instead, script = '']) => ({
    script,
    kind: container ? 'container' : instead ? 'instead' : server ? 'server' : 'command',
  }));
}

function section(markdown: string, heading: string): string {
  const [, after] = markdown.split(new RegExp(`^## ${heading}$`, 'm'));
  if (after === undefined) throw new Error(`no heading "## ${heading}"`);
  return after.split(/^## /m, 1)[0] ?? '';
}
