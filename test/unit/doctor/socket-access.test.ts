import { describe, expect, it } from 'vitest';
import { inContainer } from '../../../src/doctor/container.ts';
import { accessFix } from '../../../src/doctor/socket-access.ts';

const socket = { kind: 'socket', uid: 0, gid: 998, mode: 0o660 } as const;

describe('what lets a user in', () => {
  it('is a membership of the group, on a host', () => {
    const fix = accessFix(socket, 'docker', { user: 'ann', container: false });
    expect(fix).toContain('usermod -aG docker ann');
  });

  it('is the number of the group, in a container', () => {
    const fix = accessFix(socket, '998', { user: 'node', container: true });
    expect(fix).toContain('--group-add 998');
    expect(fix).toContain('group_add: ["998"]');
  });

  it.each([{ gid: 0 }, { mode: 0o600 }, { mode: 0o640 }])(
    'is another group, where %j keeps all but root out',
    (what) => {
      for (const container of [true, false]) {
        const fix = accessFix({ ...socket, ...what }, 'root', { user: 'ann', container });
        expect(fix).toContain('"group": "docker"');
      }
    },
  );
});

describe('a container', () => {
  it('is where its manager says so', () => {
    expect(inContainer({ container: 'docker' })).toBe(true);
    expect(inContainer({ container: '' })).toBe(false);
    expect(inContainer({})).toBe(false);
  });
});
