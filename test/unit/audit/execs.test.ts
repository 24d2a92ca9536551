import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { PartedRecord, type AuditRecord } from '../../../src/audit/chain/record.ts';
import { createTrail } from '../../../src/audit/trail.ts';
import { readOperation } from '../../../src/docker-api/operation.ts';
import type { Exchange } from '../../../src/exchange.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const EXEC = 'e'.repeat(64);

function exchangeOf(method: string, url: string): Exchange {
  return {
    connection: { remote: '192.0.2.7:1', identity: { user: 'alice' } },
    request: { method, url, headers: {} },
  } as unknown as Exchange;
}

it('an exec that was made is known at its start, and its create is not held for that', async () => {
  const records: AuditRecord[] = [];
  const append = (record: AuditRecord | PartedRecord): void => {
    records.push(record instanceof PartedRecord ? record.whole() : record);
  };
  const log = { append, recover: () => true, settled: () => undefined, failure: undefined };
  const trail = createTrail(log, { optionalReads: false, detail: 'standard' });

  const create = (): WeakRef<Exchange> => {
    const exchange = exchangeOf('POST', '/containers/web/exec');
    const page = trail.call(exchange);
    void page.intend(readOperation('POST', '/containers/web/exec'));
    const answer = Buffer.from(JSON.stringify({ Id: EXEC }));
    const outcome = { status: 201, bytesIn: 0, bytesOut: 70, end: 'complete', answer } as const;
    page.answered(outcome);
    // The daemon may say late what it is about.
    page.target({ kind: 'container', id: 'c'.repeat(64), name: 'web', image: 'app:1' });
    page.close(outcome);
    return new WeakRef(exchange);
  };
  const made = create();
  await new Promise((resolve) => setImmediate(resolve));
  collectGarbage();
  expect(made.deref()).toBeUndefined();

  const start = trail.call(exchangeOf('POST', `/exec/${EXEC}/start`));
  void start.intend(readOperation('POST', `/exec/${EXEC}/start`));
  expect(records.at(-1)?.['target']).toMatchObject({
    ...{ kind: 'exec', id: EXEC, container: 'c'.repeat(64), name: 'web', image: 'app:1' },
  });
});
