import { beforeAll, describe, expect, it } from 'vitest';
import { isBodyAction } from '../../src/docker-api/body/bodies.ts';
import { readBody } from '../../src/docker-api/body/read-body.ts';
import { CallError } from '../../src/errors.ts';
import { difference } from '../support/body/compare.ts';
import { writeDocument } from '../support/body/documents.ts';
import {
  buildGoDecode,
  type Document,
  type GoDecode,
  type GoValue,
} from '../support/body/go-decode.ts';
import { goIsMissing } from '../support/go.ts';
import { Random } from '../support/body/random.ts';

const COUNT = 20_000;
const SEED = Number(process.env['TEST_SEED'] ?? 20_251_124);
const MINUTES_2 = 120_000;

/** A reader gives a view, or undefined where it refuses. */
type Reader = (document: Document) => { readonly view: unknown } | undefined;

const strict = ({ action, bytes }: Document) => {
  if (!isBodyAction(action)) throw new Error(`no such body: ${action}`);
  try {
    return readBody(action, { major: 1, minor: 51 }, bytes);
  } catch (error) {
    if (error instanceof CallError && error.code === 'REQUEST_AMBIGUOUS') return undefined;
    throw error;
  }
};

/** What a reader without any care would do. */
const lenient: Reader = ({ bytes }) => {
  try {
    return { view: JSON.parse(bytes.toString()) as unknown };
  } catch {
    return undefined;
  }
};

describe.skipIf(goIsMissing('what it decodes') !== undefined)(
  'Go and the gate, on the same documents',
  () => {
    let go: GoDecode;
    let documents: Document[];
    let decoded: (GoValue | undefined)[];

    beforeAll(async () => {
      go = await buildGoDecode();
      const types = go.types();
      const actions = Object.keys(types);
      const random = new Random(SEED);
      documents = Array.from({ length: COUNT }, () => {
        // Every other document creates a container: the body that matters most.
        const action = random.chance(0.5) ? 'container.create' : random.pick(actions);
        return writeDocument(action, types[action] ?? 'string', random);
      });
      decoded = go.decode(documents);
      console.log(`${COUNT} documents, TEST_SEED=${SEED}`);
    }, MINUTES_2);

    /** Every document that the reader takes, and what is wrong with its view. */
    const compare = (reader: Reader) => {
      const taken = documents.flatMap((document, at) => {
        const reading = reader(document);
        if (reading === undefined) return [];
        const go = decoded[at];
        const problem = go === undefined ? 'Go refuses it' : difference(go, reading.view);
        const { action, bytes } = document;
        return [{ problem, document: `${action} ${bytes.toString().slice(0, 400)}` }];
      });
      return { taken, differences: taken.filter(({ problem }) => problem !== undefined) };
    };

    it('agree, or the gate refuses; both take at least 30 %', () => {
      const { taken, differences } = compare(strict);
      console.log(`both take ${taken.length - differences.length} of ${COUNT}`);
      expect(differences.slice(0, 10)).toEqual([]);
      expect(taken.length).toBeGreaterThanOrEqual(0.3 * COUNT);
    });

    it('differ often where the gate reads with JSON.parse', () => {
      const { taken, differences } = compare(lenient);
      console.log(`JSON.parse differs on ${differences.length} of ${taken.length}`);
      expect(differences.length).toBeGreaterThan(0.01 * COUNT);
    });

    it('take every document that has nothing odd about it', () => {
      const random = new Random(SEED + 1);
      const sound = Object.entries(go.types()).flatMap(([action, type]) =>
        Array.from({ length: 40 }, () => writeDocument(action, type, random, 1)),
      );
      const answers = go.decode(sound);
      const refused = sound.filter(
        (document, at) => answers[at] !== undefined && !strict(document),
      );
      // Odd are only the values of fields that nobody knows, of which there are a few.
      expect(refused.length / sound.length).toBeLessThan(0.05);
      const unknown = sound.flatMap((document) => strict(document)?.unknownFields ?? []);
      expect(unknown.filter((field) => !field.endsWith('/Unheard'))).toEqual([]);
      expect(unknown.length).toBeGreaterThan(0);
    });
  },
);
