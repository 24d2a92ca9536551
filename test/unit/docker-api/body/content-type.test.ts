import { describe, expect, it } from 'vitest';
import { checkContentType } from '../../../../src/docker-api/body/content-type.ts';
import { refusalOf } from '../../helpers/refusal.ts';

describe('the type of a body that is read', () => {
  it.each([
    'application/json',
    'APPLICATION/JSON; charset=utf-16',
    ' application/json ; charset="utf-8" ; a=b;',
    'application/json;',
  ])('may be %j', (type) => {
    expect(() => {
      checkContentType('exec.start', type, 2);
      checkContentType('exec.start', type, undefined);
    }).not.toThrow();
  });

  it.each([
    ...['text/plain', 'application/jsonx', 'application/json, text/plain', 'text/json', 'json'],
    ...['application/json; charset', 'application/json; =x', 'application/json; a="x', '', ';'],
    ...['application/json; a=1; A=2', 'application/json; a*0=x; a*1=y', 'application/json x'],
    ...['application/x-www-form-urlencoded', 'application/json;;'],
  ])('is not %j', (type) => {
    const { code, status } = refusalOf(() => {
      checkContentType('container.create', type, 2);
    });
    expect([code, status]).toEqual(['REQUEST_MALFORMED', 400]);
  });

  it('may be missing only where Content-Length says that there is no body', () => {
    for (const type of [undefined, '']) {
      expect(() => {
        checkContentType('exec.create', type, 0);
      }).not.toThrow();
      for (const length of [1, undefined]) {
        refusalOf(() => {
          checkContentType('exec.create', type, length);
        });
      }
    }
    refusalOf(() => {
      checkContentType('exec.create', 'text/plain', 0);
    });
  });

  it.each(['registry.login', 'container.start'] as const)(
    'means nothing at a %s, where the daemon does not look at it',
    (action) => {
      expect(() => {
        checkContentType(action, 'text/plain', 7);
        checkContentType(action, undefined, undefined);
      }).not.toThrow();
    },
  );
});
