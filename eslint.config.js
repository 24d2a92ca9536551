import js from '@eslint/js';
import importX from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/**
 * Who may import whom (docs/architecture.md). Each entry reads: files in `target` may import from
 * `from` only what `except` lists. errors.ts, user-name.ts and exchange.ts (types) are vocabulary and open to all.
 */
const VOCABULARY = ['./errors.ts', './user-name.ts', './exchange.ts', './nearest.ts', './yaml.ts'];
const zone = (target, except, message) => ({
  target: `./src/${target}`,
  from: './src',
  except: [...VOCABULARY, ...except.map((path) => `./${path}`)],
  message,
});
const zones = [
  zone('docker-api', ['docker-api'], 'docker-api/ is pure: it imports nothing.'),
  zone('http', ['http'], 'http/ holds rules of HTTP itself.'),
  zone('identity', ['identity'], 'identity/ knows sockets and certificates, nothing else.'),
  zone('listener', ['listener', 'http', 'identity/types.ts'], 'The listener does not judge.'),
  zone(
    'understand',
    ['understand', 'http', 'docker-api', 'engine/types.ts'],
    'A stage gets the other stages as parameters.',
  ),
  zone(
    'forward',
    ['forward', 'http', 'engine/types.ts'],
    'A stage gets the other stages as parameters.',
  ),
  zone(
    'hijack',
    ['hijack', 'http', 'engine/types.ts'],
    'A stage gets the other stages as parameters.',
  ),
  zone('resolve', ['resolve', 'docker-api'], 'resolve/ asks the daemon through a parameter.'),
  zone(
    'authorize',
    ['authorize', 'docker-api', 'policy', 'identity/types.ts', 'understand/body.ts'],
    'authorize/ puts a call before the policy; it asks nobody.',
  ),
  zone('engine', ['engine'], 'engine/ is the only place that dials, and knows nothing of callers.'),
  zone(
    'monitor',
    ['monitor', 'http', 'docker-api', 'engine/types.ts'],
    'monitor/ is told what to show, through parameters.',
  ),
  zone('audit', ['audit', 'identity/types.ts', 'docker-api'], 'audit/ records; it does not act.'),
  zone('policy', ['policy', 'docker-api', 'identity/types.ts'], 'policy/ judges; it asks nobody.'),
  zone('pki', ['pki'], 'pki/ stands on its own.'),
  zone('config', ['config'], 'config/ reads settings; it starts nothing.'),
  zone('sockets', ['sockets'], 'sockets/ opens what others listen on.'),
  zone(
    'doctor',
    ['doctor', 'pki', 'config/schema.ts'],
    'doctor/ looks from outside, as a client and an operator do.',
  ),
  zone(
    'notify',
    ['notify'],
    'notify/ speaks to the service manager, and knows nothing of the gate.',
  ),
  zone(
    'service',
    ['service', 'notify/status-text.ts'],
    'service/ looks at the host from outside, and changes it step by step.',
  ),
  zone(
    'cli',
    [
      ...['cli', 'config', 'app', 'pki', 'audit', 'policy', 'docker-api', 'doctor'],
      ...['notify', 'service'],
      ...['sockets', 'identity/types.ts'],
    ],
    'Commands go through app/.',
  ),
  {
    target: './src/!(cli|main.ts)/**',
    from: './src/cli',
    message: 'Dependencies point one way: cli → app → stages.',
  },
  {
    target: './src/!(cli|app|main.ts)/**',
    from: './src/app',
    message: 'Dependencies point one way: cli → app → stages.',
  },
];

/** The global is read through a getter each time: 0.2 µs of a call's lines in the trail. */
const PERFORMANCE = { name: 'performance', message: 'Import it from node:perf_hooks.' };

const READ_AS_GO = 'Not as Go reads it: use the readers of docker-api/.';

export default tseslint.config(
  { ignores: ['dist/**', 'coverage/**', 'node_modules/**', 'certs/**', 'logs/**'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    plugins: { 'import-x': importX },
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    settings: { 'import-x/resolver-next': [importX.createNodeResolver({ extensions: ['.ts'] })] },
    rules: {
      'import-x/no-restricted-paths': ['error', { zones, basePath: import.meta.dirname }],
      'import-x/no-cycle': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/prefer-promise-reject-errors': 'error',
      'no-console': 'error',
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'exit', message: 'Set process.exitCode in main.ts.' },
      ],
    },
  },
  {
    // node-forge is old and untyped at the edges: one file may know it.
    files: ['src/**/*.ts'],
    ignores: ['src/pki/forge.ts'],
    rules: {
      'no-restricted-globals': ['error', PERFORMANCE],
      'no-restricted-imports': [
        'error',
        { paths: [{ name: 'node-forge', message: 'Only pki/forge.ts imports node-forge.' }] },
      ],
    },
  },
  {
    // The pipeline tells the story; it knows the stages by their types alone.
    files: ['src/pipeline.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        { patterns: [{ group: ['./*/**'], allowTypeImports: true, message: 'Types only.' }] },
      ],
    },
  },
  {
    files: ['src/**/*.ts'],
    // The doctor is a client of the gate, and has one file that dials. Whether a socket is stale shows by dialling it.
    ignores: ['src/engine/**', 'src/pipeline.ts', 'src/doctor/dial.ts', 'src/sockets/knock.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'exit', message: 'Set process.exitCode in main.ts.' },
        ...['http', 'https'].flatMap((object) =>
          ['request', 'get'].map((property) => ({
            object,
            property,
            message: 'Only engine/ dials.',
          })),
        ),
        { object: 'tls', property: 'connect', message: 'Only engine/ dials.' },
      ],
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          paths: [
            {
              name: 'node:net',
              importNames: ['default', 'connect', 'createConnection', 'Socket'],
              allowTypeImports: true,
              message: 'Only engine/ dials.',
            },
          ],
        },
      ],
    },
  },
  {
    // Pure code has no I/O and no platform.
    files: ['src/docker-api/**/*.ts'],
    rules: {
      'no-restricted-imports': ['error', { patterns: [{ group: ['node:*'], message: 'Pure.' }] }],
    },
  },
  {
    // What a caller sent is read as Go reads it, by docker-api/; JavaScript's own readers differ.
    files: ['src/{docker-api,understand,audit,policy}/**/*.ts'],
    // These read what the gate itself has written.
    ignores: ['src/audit/last-seen.ts', 'src/audit/{chain,read,write}/**'],
    rules: {
      'no-restricted-globals': [
        'error',
        PERFORMANCE,
        ...['URL', 'URLSearchParams', 'globalThis'].map((name) => ({ name, message: READ_AS_GO })),
      ],
      'no-restricted-syntax': [
        'error',
        {
          selector: "MemberExpression[object.name='JSON'][property.name!='stringify']",
          message: READ_AS_GO,
        },
        { selector: "VariableDeclarator[init.name='JSON']", message: READ_AS_GO },
        { selector: 'ImportSpecifier[imported.name=/^URL/]', message: READ_AS_GO },
      ],
    },
  },
  {
    // The trail's own files are ours to read; what a caller sent has been read before it got there.
    files: ['src/audit/{chain,read,write}/**/*.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    files: ['src/main.ts'],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts', '*.config.ts'],
    rules: { 'no-console': 'off' },
  },
);
