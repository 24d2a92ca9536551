import fc from 'fast-check';
import { expect, it } from 'vitest';
import { WrittenFields } from '../../../src/audit/chain/record.ts';
import { writtenRequest, writtenSaid, writtenTarget } from '../../../src/audit/written.ts';
import { PROPERTY } from '../helpers/property.ts';

const text = fc.string({ unit: 'binary' });
const maybe = <T>(some: fc.Arbitrary<T>) => fc.option(some, { nil: undefined });
/** ms: whole microseconds, up to a year, and those with few digits more often. */
const time = fc
  .oneof(
    fc.integer({ min: -2_000, max: 2_000 }),
    fc.nat(1_000_000),
    fc.integer({ min: 0, max: 3e13 }),
  )
  .map((us) => us / 1000);

const ending = fc.record({
  status: fc.nat(),
  exit_code: maybe(fc.nat()),
  duration_ms: time,
  time_to_first_byte_ms: maybe(time),
  bytes_in: fc.nat(),
  bytes_out: fc.nat(),
  end: fc.constantFrom('complete', 'client-gone', 'refused'),
});

const said = fc.record({
  detail: maybe(fc.dictionary(text, fc.jsonValue())),
  decision: maybe(text),
  rule: maybe(text),
  ending: maybe(ending),
  reason: maybe(text),
});

const request = fc.record({
  method: text,
  path: text,
  api_version: maybe(text),
  user_agent: maybe(text),
  query: maybe(fc.dictionary(text, text)),
  action: text,
  effect: text,
});

const target = fc.record({
  kind: text,
  asked: maybe(fc.array(text)),
  id: maybe(text),
  container: maybe(text),
  name: maybe(text),
  image: maybe(text),
});

it('says of a call what going through its fields would say', () => {
  fc.assert(
    fc.property(said, ({ ending: end, detail, decision, rule, reason }) => {
      const fields = { detail, decision, rule, ...end, reason };
      const written = writtenSaid({ detail, decision, rule, ending: end, reason });
      expect(written.text).toBe(new WrittenFields(fields).text);
      expect(written.fields).toEqual(fields);
    }),
    PROPERTY,
  );
});

it('says of a request what going through it would say', () => {
  fc.assert(
    fc.property(request, (asked) => {
      const written = writtenRequest(asked);
      expect(written.text).toBe(new WrittenFields(asked).text);
      expect(written.fields).toEqual(asked);
    }),
    PROPERTY,
  );
});

it('says of a target what going through it would say', () => {
  fc.assert(
    fc.property(maybe(target), (about) => {
      const written = writtenTarget(about);
      expect(written.text).toBe(new WrittenFields({ target: about }).text);
      expect(written.fields).toEqual(about === undefined ? {} : { target: about });
    }),
    PROPERTY,
  );
});
