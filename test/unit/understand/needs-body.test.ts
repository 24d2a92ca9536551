import { describe, expect, it } from 'vitest';
import { BODIES } from '../../../src/docker-api/body/bodies.ts';
import { readOperation } from '../../../src/docker-api/operation.ts';
import { needsBody } from '../../../src/understand/needs-body.ts';

const CREATE = readOperation('POST', '/containers/create');

describe('the body of a call', () => {
  it('is not needed by a gate with neither policy nor detail in its trail', () => {
    expect(needsBody(CREATE, { policy: false, auditDetail: false })).toBe(false);
  });

  it.each([
    { policy: true, auditDetail: false },
    { policy: false, auditDetail: true },
    { policy: true, auditDetail: true },
  ])('is needed with %j, wherever it can be read', (needs) => {
    expect(needsBody(CREATE, needs)).toBe(true);
    for (const action of Object.keys(BODIES)) {
      expect(needsBody({ action: action as keyof typeof BODIES }, needs)).toBe(true);
    }
  });

  it.each([
    ['POST', '/build'],
    ['POST', '/images/load'],
    ['PUT', '/containers/x/archive'],
    ['POST', '/plugins/create'],
    ['POST', '/containers/x/attach'],
    ['POST', '/session'],
    ['GET', '/containers/json'],
    ['POST', '/no/such/route'],
  ])('is never needed of %s %s: no JSON goes there', (method, target) => {
    const operation = readOperation(method, target);
    expect(needsBody(operation, { policy: true, auditDetail: true })).toBe(false);
  });
});
