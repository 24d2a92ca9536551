import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { maskArguments, maskText, maskUrl } from '../../../../src/audit/detail/mask.ts';

const S = 's3cretVALUE';

/** A command line as an argv; blanks separate. */
const line = (text: string): string[] => text.split(' ');

describe('an argument that looks like a secret', () => {
  it.each<[string[], string[]]>([
    [line(`mysql -uroot -p${S} app`), line('mysql -uroot -p*** app')],
    [line(`/usr/bin/mysqldump -u root -p${S} app`), line('/usr/bin/mysqldump -u root -p*** app')],
    [line(`sshpass -p ${S} ssh host`), line('sshpass -p *** ssh host')],
    [line(`redis-cli -h h -p 6379 -a ${S} ping`), line('redis-cli -h h -p 6379 -a *** ping')],
    [line(`redis-cli --pass ${S}`), line('redis-cli --pass ***')],
    [line(`ldapsearch -x -w ${S} -b dc=x`), line('ldapsearch -x -w *** -b dc=x')],
    [line(`mongosh -u root -p ${S}`), line('mongosh -u root -p ***')],
    [line(`docker login -u bob -p ${S} reg.io`), line('docker login -u bob -p *** reg.io')],
    [line(`curl -u bob:${S} http://h`), line('curl -u bob:*** http://h')],
    [line(`curl -sSu bob:${S} http://h`), line('curl -sSu bob:*** http://h')],
    [line(`curl -ubob:${S} http://h`), line('curl -ubob:*** http://h')],
    [line(`curl -U bob:${S} http://h`), line('curl -U bob:*** http://h')],
    [line(`curl --user=bob:${S} http://h`), line('curl --user=bob:*** http://h')],
    [line(`curl --oauth2-bearer ${S} http://h`), line('curl --oauth2-bearer *** http://h')],
    [
      ['curl', '-H', `Authorization: Bearer ${S}`],
      ['curl', '-H', 'Authorization: ***'],
    ],
    [
      ['curl', '-H', `authorization:Basic ${S} x`],
      ['curl', '-H', 'authorization:***'],
    ],
    [
      ['curl', '-H', `X-Api-Key: ${S}`],
      ['curl', '-H', 'X-Api-Key: ***'],
    ],
    [
      ['curl', '-H', `X-Vault-Token: ${S}`],
      ['curl', '-H', 'X-Vault-Token: ***'],
    ],
    [
      ['curl', '-H', `Cookie: a=${S}; b=${S}`],
      ['curl', '-H', 'Cookie: ***'],
    ],
    [
      ['curl', '-d', `{"password":"${S} \\" ${S}"}`],
      ['curl', '-d', '{"password":***}'],
    ],
    [
      ['curl', '-d', `password=${S}&user=bob`],
      ['curl', '-d', 'password=***'],
    ],
    [line(`env API_TOKEN=${S} HOME=/root sh`), line('env API_TOKEN=*** HOME=/root sh')],
    [
      ['env', `TOKEN=${S} ${S};${S}`, 'sh'],
      ['env', 'TOKEN=***', 'sh'],
    ],
    [line(`app --password ${S}`), line('app --password ***')],
    [line(`app --password=${S}`), line('app --password=***')],
    [line(`app -db.password=${S}`), line('app -db.password=***')],
    [line(`app --client-secret ${S} run`), line('app --client-secret *** run')],
    [line(`app --api-key ${S} run`), line('app --api-key *** run')],
    [line(`openssl rsa -passin pass:${S}`), line('openssl rsa -passin ***')],
    [line(`psql postgres://u:${S}@h/db`), line('psql postgres://***@h/db')],
    [line(`git clone https://${S}@h/r`), line('git clone https://***@h/r')],
    [line(`swarm join --token SWMTKN-1-${S}-x`), line('swarm join --token ***')],
  ])('is masked: %j', (argv, shown) => {
    expect(maskArguments(argv)).toEqual(shown);
  });

  it.each([
    `PGPASSWORD='a ${S}' psql`,
    `PGPASSWORD="a \\" ${S}" psql`,
    `export DB_PASS=x"${S}"'${S}'; run`,
    `mysql -u root -p${S} app`,
    `mysql -h db -p '${S}' app`,
    `cd /x && sshpass -p ${S} ssh host`,
    `redis-cli -h h -a ${S} ping`,
    `echo x | docker login -u bob -p ${S} reg.io`,
    `curl -u 'bob:${S}' http://h`,
    `curl -H "Authorization: Bearer ${S}" http://h`,
    `curl -H 'Cookie: a=${S}; b=${S}' http://h`,
    `curl -d '{"token": "${S}"}' http://h`,
    `curl -d "{\\"token\\":\\"${S} ${S}\\"}" http://h`,
    `app --password ${S} --verbose`,
    `app --password '${S} ${S}' --verbose`,
    `wget ftp://u:${S}@h/f`,
    `TOKEN=${S}`,
  ])('is masked in a script: %s', (script) => {
    const shown = maskArguments(['sh', '-c', script]).join(' ');
    expect(shown).not.toContain(S);
    expect(shown).toContain('***');
    // What the command was stays.
    expect(shown).toContain(script.slice(0, 3));
  });

  it('leaves the rest of a script to be read', () => {
    expect(maskArguments(['sh', '-ec', `TOKEN=${S} deploy --to prod; rm -rf /data`])).toEqual([
      'sh',
      '-ec',
      'TOKEN=*** deploy --to prod; rm -rf /data',
    ]);
  });
});

describe('a token that tells what it is', () => {
  const random = (size: number): string => randomBytes(size).toString('hex');
  const jwt = ['{"alg":"none"}', '{"sub":"x"}'].map((part) =>
    Buffer.from(part).toString('base64url'),
  );
  it.each([
    ['of GitHub', `ghp_${random(18)}`],
    ['of GitHub, fine-grained', `github_pat_${random(40)}`],
    ['of GitLab', `glpat-${random(10)}`],
    ['of AWS', `AKIA${random(8).toUpperCase()}`],
    ['of Slack', `xoxb-${random(20)}`],
    ['of Docker Hub', `dckr_pat_${random(14)}`],
    ['of npm', `npm_${random(18)}`],
    ['of Google', `AIza${random(18)}`],
    ['to join a swarm', `SWMTKN-1-${random(25)}-${random(12)}`],
    ['to unlock a swarm', `SWMKEY-1-${random(16)}`],
    ['that is a JWT', `${jwt.join('.')}.${random(16)}`],
    ['that is an unsigned JWT', `${jwt.join('.')}.`],
    [
      'that is a key',
      `-----BEGIN EC PRIVATE KEY-----\n${random(40)}\n-----END EC PRIVATE KEY-----`,
    ],
    ['that is a key cut short', `-----BEGIN PRIVATE KEY-----\n${random(40)}`],
  ])('%s is masked wherever it stands', (_what, token) => {
    expect(maskText(token)).toBe('***');
    expect(maskText(`echo ${token}`)).toBe('echo ***');
    expect(maskArguments(['app', token, '-u', token])).toEqual(['app', '***', '-u', '***']);
  });
});

describe('what is no secret', () => {
  it.each([
    line('docker run -p 80:80 -p 443:443 nginx'),
    line('docker run -v /etc/passwd:/etc/passwd:ro nginx'),
    line('docker run -v /run/secrets:/run/secrets app'),
    line('docker exec -u root web sh'),
    line('docker exec -u 1000:1000 web sh'),
    line('docker exec --user 1000:1000 web sh'),
    line('psql -U postgres -p 5432 app'),
    line('mysql -u root -h db app'),
    line('ssh -p 22 root@host'),
    line('git commit --author me --amend'),
    line('train --tokenizer bert --tokenizer=bert'),
    line('app --password-file /run/secrets/db --db-password-file=/run/secrets/db'),
    line('docker login --password-stdin reg.io'),
    line('cat /var/lib/secrets/readme /etc/passwd'),
    line('tar -xzf a.tar -C /opt'),
    line('curl -sS https://example.org/a?b=c'),
    ['sh', '-c', 'for f in *; do echo "$f: $(wc -l < "$f")"; done'],
    ['sh', '-c', 'docker exec -u 1000:1000 web ls -p /'],
    ['sh', '-c', 'passage=1 authors=2 compassion'],
    line('--filter {"auth":true}'),
    [''],
    [],
  ])('stays as it is: %j %j %j %j %j', (...argv) => {
    expect(maskArguments(argv)).toEqual(argv);
    expect(argv.map(maskUrl)).toEqual(argv);
  });
});

describe('a hostile text', () => {
  const SIZE = 100 * 1024;
  const of = (unit: string): string => unit.repeat(Math.ceil(SIZE / unit.length));
  it.each([
    'a',
    ' ',
    '=',
    '-',
    ':',
    '@',
    '"',
    "'",
    '\\',
    '\\"',
    'pass',
    'password',
    'token ',
    'token=',
    'token:"',
    '-token-',
    '--token --token ',
    'auth.',
    'a.',
    'x-',
    'x-key',
    'x-key: ',
    '://',
    'a://',
    'a://b@',
    'eyJ',
    '-eyJaaaaaaaa',
    'eyJaaaaaaaa.',
    'sk-',
    'bearer ',
    '-u=',
    '-u ',
    ' -ua',
    'curl -u a:',
    'mysql ',
    'mysql -',
    'mysql\t-p',
    'login -p',
    '-----BEGIN ',
    '-----BEGIN PRIVATE KEY',
    '-----BEGIN PRIVATE KEY-----',
    'password"\\',
    'password = ',
  ])('of 100 KiB %j takes no more time than its length asks for', (unit) => {
    const begun = process.cpuUsage().user;
    for (const text of [of(unit), `token${of(unit)}`, `-u${of(unit)}`, `mysql${of(unit)}`]) {
      maskText(text);
    }
    maskArguments(['x', of(unit), `-token${of(unit)}`, '-p']);
    // What backtracks would take minutes.
    expect(process.cpuUsage().user - begun).toBeLessThan(5_000_000);
  });
});
