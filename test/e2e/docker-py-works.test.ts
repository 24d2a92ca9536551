import { join } from 'node:path';
import { expect, it } from 'vitest';
import { run } from '../support/e2e/child.ts';
import { sameInTurn, unique } from '../support/e2e/docker.ts';
import { PYTHON } from '../support/e2e/machine.ts';
import { endToEnd } from '../support/e2e/suite.ts';
import { IMAGE } from '../support/e2e/world.ts';

const SESSION = join(import.meta.dirname, '../support/e2e/docker_py_session.py');

endToEnd('docker-py', (world) => {
  it('gets the same results as on the socket from run, exec, archives, streams and build', async () => {
    const name = unique('docker-py');
    const outcome = await sameInTurn(world, ({ env }) =>
      run(PYTHON, [SESSION, IMAGE, name], { env }),
    );
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    const results = outcome.stdout.toString().trimEnd().split('\n');
    expect(results).toContain('{"run": "hello\\n"}');
    expect(results).toContain('{"exec": [4, "out\\n"]}');
    expect(results).toContain('{"wait": 137}');
    expect(results).toHaveLength(12);
  });
});
