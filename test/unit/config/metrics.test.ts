import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { validateSettings } from '../../../src/config/validate.ts';

const metrics = (text: string) => validateSettings({ metrics: text }).metrics;

describe('--metrics', () => {
  it('is off unless it is given', () => {
    expect(validateSettings({}).metrics).toBeUndefined();
  });

  it.each([
    ['tcp://127.0.0.1:9376', { host: '127.0.0.1', port: 9376, plain: true }],
    ['tcp://127.0.0.1', { host: '127.0.0.1', port: 9376, plain: true }],
    ['tcp://127.8.9.1:1', { host: '127.8.9.1', port: 1, plain: true }],
    ['tcp://[::1]:9376', { host: '::1', port: 9376, plain: true }],
    ['tcp://localhost:9376', { host: '127.0.0.1', port: 9376, plain: true }],
  ])('is plaintext on loopback: %s', (text, expected) => {
    expect(metrics(text)).toEqual(expected);
  });

  it.each([
    ...['tcp://0.0.0.0:9376', 'tcp://:9376', 'tcp://[::]:9376', 'tcp://192.0.2.1', 'tcp://gate'],
    ...[
      'tcp://localhost.example',
      'tcp://127.0.0.1.example',
      'tcp://[::ffff:127.0.0.1]',
      'tcp://127.1',
    ],
  ])('is mutual TLS where it is not loopback for certain: %s', (text) => {
    expect(metrics(text)?.plain).toBe(false);
  });

  it.each([
    '127.0.0.1:9376',
    'http://127.0.0.1',
    'tcp://127.0.0.1:70000',
    'unix:///x',
    'tcp://a b',
  ])('refuses what is no address: %s', (text) => {
    expect(() => metrics(text)).toThrow(`--metrics ${text}: expected tcp://HOST:PORT`);
  });

  it('is read from the environment', () => {
    const { metrics } = loadConfig({}, { DOCKGATE_METRICS: 'tcp://127.0.0.1:9999' });
    expect(metrics).toEqual({ host: '127.0.0.1', port: 9999, plain: true });
  });
});
