import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalSecurityOption } from '../../../src/policy/constraints/security.ts';
import { PROPERTY } from '../helpers/property.ts';
import { constrained, CREATE, decide, operationOf, roleOf } from '../../support/policy.ts';

const RUNS = { ...PROPERTY, numRuns: 300 };

/** A word in any case. */
const anyCase = (word: string) =>
  fc
    .array(fc.boolean(), { minLength: word.length, maxLength: word.length })
    .map((upper) =>
      Array.from(word, (letter, at) =>
        upper[at] === true ? letter.toUpperCase() : letter.toLowerCase(),
      ).join(''),
    );

/** JSON text of a string, with some characters written as escapes. */
const escaped = (text: string) =>
  fc.array(fc.boolean(), { minLength: text.length, maxLength: text.length }).map((escape) => {
    const letters = Array.from(text, (letter, at) =>
      escape[at] === true
        ? `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`
        : letter.replace(/["\\]/g, '\\$&'),
    );
    return `"${letters.join('')}"`;
  });

/** A key of a struct, in any case and any escapes. */
const key = (name: string) => anyCase(name).chain(escaped);

const policy = constrained('{ host-paths: [/srv/web], networks: ["*"] }');
const refuses = (body: string): void => {
  const decision = decide(policy, CREATE, { body });
  expect(decision.allow, body).toBe(false);
};

/** A path that leads to a directory of the host other than the one that is allowed. */
const outside = fc
  .tuple(
    fc.constantFrom('/', '/etc', '/var/run/docker.sock', '/srv', '/srv/website', '/srv/web/..'),
    fc.array(fc.constantFrom('', '.', 'x/..', './.'), { maxLength: 4 }),
    fc.constantFrom('', '/', '//', '/.'),
  )
  .map(([path, parts, end]) => `${path}/${parts.join('/')}${end}`);

describe('the same power in another spelling is refused:', () => {
  it('privileged', () => {
    fc.assert(
      fc.property(key('HostConfig'), key('Privileged'), (host, privileged) => {
        refuses(`{${host}:{${privileged}:true}}`);
      }),
      RUNS,
    );
  });

  it('capabilities', () => {
    const names = fc.constantFrom(
      'SYS_ADMIN',
      'CAP_SYS_ADMIN',
      'ALL',
      'CAP_NET_ADMIN',
      'SYS_PTRACE',
    );
    const spelled = names.chain(anyCase).chain(escaped);
    fc.assert(
      fc.property(
        key('HostConfig'),
        key('CapAdd'),
        spelled,
        fc.boolean(),
        (host, add, name, alone) => {
          refuses(`{${host}:{${add}:${alone ? name : `["CHOWN",${name}]`}}}`);
        },
      ),
      RUNS,
    );
  });

  it('binds, mounts and volumes of a path of the host', () => {
    const bind = (path: string) => `{"HostConfig":{"Binds":[${JSON.stringify(`${path}:/h`)}]}}`;
    const mount = (path: string) =>
      JSON.stringify({ HostConfig: { Mounts: [{ Type: 'bind', Source: path, Target: '/h' }] } });
    const volume = (path: string) => {
      const Options = { type: 'none', o: 'bind', device: path };
      const VolumeOptions = { DriverConfig: { Name: 'local', Options } };
      return JSON.stringify({
        HostConfig: { Mounts: [{ Type: 'volume', Target: '/h', VolumeOptions }] },
      });
    };
    const ways = fc.constantFrom(bind, mount, volume);
    fc.assert(
      fc.property(ways, outside, (way, path) => {
        refuses(way(path));
      }),
      RUNS,
    );
  });

  it('namespaces of the host', () => {
    const names = fc.constantFrom(
      'PidMode',
      'IpcMode',
      'UTSMode',
      'UsernsMode',
      'CgroupnsMode',
      'NetworkMode',
    );
    fc.assert(
      fc.property(names.chain(key), escaped('host'), (name, host) => {
        refuses(`{"HostConfig":{${name}:${host}}}`);
      }),
      RUNS,
    );
  });

  it('security options', () => {
    const names = fc.constantFrom('seccomp', 'apparmor', 'label', 'systempaths');
    const separators = fc.constantFrom('=', ':');
    const values = fc.constantFrom('unconfined', 'disable', '{"a":1}');
    fc.assert(
      fc.property(names, separators, values, (name, separator, value) => {
        refuses(JSON.stringify({ HostConfig: { SecurityOpt: [name + separator + value] } }));
      }),
      RUNS,
    );
  });

  it('a flag among security options is read as the daemon reads it', () => {
    const words = new Map([
      ...['1', 't', 'T', 'TRUE', 'true', 'True'].map((word) => [word, 'true'] as const),
      ...['0', 'f', 'F', 'FALSE', 'false', 'False'].map((word) => [word, 'false'] as const),
    ]);
    fc.assert(
      fc.property(
        fc.constantFrom(...words),
        fc.constantFrom('=', ':'),
        ([word, value], separator) => {
          expect(normalSecurityOption(`no-new-privileges${separator}${word}`)).toBe(
            `no-new-privileges=${value}`,
          );
        },
      ),
      RUNS,
    );
  });
});

describe('what is allowed', () => {
  it('is allowed within a directory in every spelling of it', () => {
    const inside = fc
      .array(fc.constantFrom('a', '.', 'b/..', 'c'), { maxLength: 5 })
      .map((parts) => ['/srv/web', ...parts].join('/'));
    fc.assert(
      fc.property(inside, (path) => {
        const body = { HostConfig: { Binds: [`${path}:/h`] } };
        expect(decide(policy, CREATE, { body }).allow).toBe(true);
      }),
      RUNS,
    );
  });

  it('is no more with an unknown field anywhere', () => {
    const odd = fc.string({ unit: 'grapheme-ascii', minLength: 4, maxLength: 12 });
    fc.assert(
      fc.property(odd, fc.constantFrom('top', 'host'), (name, level) => {
        const field = { [`zz${name}`]: 1 };
        const body = level === 'top' ? field : { HostConfig: field };
        expect(decide(policy, CREATE, { body }).allow).toBe(false);
      }),
      RUNS,
    );
  });
});

describe('a path', () => {
  it('is judged as the daemon routes it, in any escapes', () => {
    const held = roleOf('allow: ["*"]\ndeny: [container.remove]');
    const target = '/containers/web';
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { minLength: target.length, maxLength: target.length }),
        (escape) => {
          const text = Array.from(target, (letter, at) =>
            escape[at] === true && letter !== '/'
              ? `%${letter.charCodeAt(0).toString(16)}`
              : letter,
          ).join('');
          expect(operationOf(`DELETE ${text}`).action).toBe('container.remove');
          expect(decide(held, `DELETE ${text}`).allow).toBe(false);
        },
      ),
      RUNS,
    );
  });
});
