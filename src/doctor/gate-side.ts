/** Every check on the host of the gate, in the order in which a call needs what is checked. */
import os from 'node:os';
import path from 'node:path';
import type { X509Certificate } from 'node:crypto';
import type { Config } from '../config/schema.ts';
import { layoutOf } from '../pki/layout.ts';
import { ownName, ownUid, readAccounts } from './accounts.ts';
import { checkAuditLog, checkDisk, lookAtAuditLog } from './audit-log.ts';
import { checkCaKey } from './ca-key.ts';
import {
  checkChain,
  checkKeyMatches,
  checkPem,
  checkPurpose,
  readable,
  type Readable,
} from './certificates.ts';
import { notChecked, shellWord, type Check } from './check.ts';
import { checkClients, readClients } from './clients.ts';
import { checkClock } from './clock.ts';
import { checkDaemon, checkSocket, lookAtDaemon, pingOf, type DaemonFacts } from './daemon.ts';
import { checkExposure } from './exposure.ts';
import { inContainer } from './container.ts';
import { lookForExposure } from './exposure-facts.ts';
import { checkExpiry } from './expiry.ts';
import { lookAt } from './file-facts.ts';
import { checkModes, checkOwner, checkPresent } from './files.ts';
import { borrowIdentity, type DoctorIdentity } from './identity.ts';
import { chainOf, parseCertificates, parseKey } from './material.ts';
import { checkPort, dialable, isOurOlder, isOurs, lookAtPort } from './port.ts';
import { checkLocalSocket } from './local-socket.ts';
import { checkOutsideList, checkRevocation, revokedInInventory } from './revocation.ts';
import { checkRoundTrip, type Gate } from './round-trip.ts';
import { checkSans, dialledNames } from './sans.ts';

/** The user that the doctor is in the trail. */
const DOCTOR = 'doctor';

/**
 * Examines this host as the gate's: its files, its daemon, and the gate itself where one runs.
 *
 * @param config as `serve` would read it.
 * @param addresses names that clients dial, besides what is listened on.
 * @param now ms since the epoch.
 */
export async function examineGate(
  config: Config,
  addresses: readonly string[],
  now: () => number = Date.now,
): Promise<Check[]> {
  const files = readFiles(config);
  const material = readable(files);
  const identity = await identityFor(config, material, now());
  const daemon = await lookAtDaemon(config.dockerSocket, now);
  return [
    ...fileChecks(config, files),
    ...certificateChecks(config, files, material, { addresses, now: now() }),
    clockCheck(material, daemon, now()),
    ...(await daemonChecks(config, daemon)),
    ...auditChecks(config),
    ...(await gateChecks(config, material, identity)),
  ];
}

type Files = ReturnType<typeof readFiles>;

function readFiles({ tls, certsDir }: Config) {
  const ca = lookAt(tls.ca);
  const cert = lookAt(tls.cert);
  const key = lookAt(tls.key);
  return {
    facts: { ca, cert, key },
    directory: lookAt(certsDir),
    caKeys: [layoutOf(certsDir).authority.key, layoutOf(certsDir).previous.key].map(lookAt),
    crl: lookAt(layoutOf(certsDir).crl),
    clientsDirectory: lookAt(layoutOf(certsDir).clients),
    clients: readClients(layoutOf(certsDir).clients),
    ca: parseCertificates(ca),
    cert: parseCertificates(cert),
    key: parseKey(key),
  };
}

function fileChecks(config: Config, files: Files): Check[] {
  const { facts, clients, directory, clientsDirectory, caKeys } = files;
  const keys = [facts.key, ...caKeys, ...clients.map(({ key }) => key)];
  const certificates = [facts.ca, facts.cert, ...clients.map(({ cert }) => cert)];
  const directories = [directory, clientsDirectory, ...clients.map((client) => client.directory)];
  const all = [...keys, ...certificates, ...directories];
  return [
    checkPresent(Object.values(facts), command(config, 'init-certs')),
    checkModes({ keys, certificates, directories }),
    checkOwner(directory, all, ownUid(), readAccounts()),
  ];
}

function certificateChecks(
  config: Config,
  files: Files,
  material: Readable | undefined,
  { addresses, now }: { readonly addresses: readonly string[]; readonly now: number },
): Check[] {
  const renew = command(config, 'server renew');
  const trusted = files.ca.problem === undefined ? files.ca.value : [];
  const inventory = revokedInInventory(config.certsDir, now);
  return [
    checkPem(files, { purpose: 'server', renew }, config.tls.key),
    ...(material === undefined
      ? ['key matches', 'chain', 'purpose', 'names', 'CA ends', 'server ends'].map((name) =>
          notChecked(name, 'PEM'),
        )
      : serverChecks(config, material, renew, { addresses, now })),
    checkClients(files.clients, trusted, now, (name) =>
      command(config, `client renew ${shellWord(name)}`),
    ),
    checkRevocation({ file: files.crl, inventory, trusted, now, rewrite: listCommand(config) }),
    ...config.crls.map((file) => checkOutsideList(lookAt(file), trusted, now)),
    checkCaKey(files.caKeys, files.facts.ca),
  ];
}

function serverChecks(
  config: Config,
  material: Readable,
  renew: string,
  { addresses, now }: { readonly addresses: readonly string[]; readonly now: number },
): Check[] {
  const subject = { purpose: 'server', renew } as const;
  // What a container calls itself is nothing that clients dial.
  const machine = { name: os.hostname(), interfaces: os.networkInterfaces() };
  const names = dialledNames(config.listen, addresses, inContainer() ? undefined : machine);
  return [
    checkKeyMatches(material, subject),
    checkChain(material, subject),
    checkPurpose(material, subject),
    checkSans(material.cert[0], names, renew),
    checkExpiry('CA ends', issuerOf(material), now, command(config, 'ca rotate')),
    checkExpiry('server ends', material.cert[0], now, renew),
  ];
}

/** While a CA is replaced ca.pem holds two: what counts is the one that the server stands on. */
function issuerOf({ ca, cert: [leaf, ...between] }: Readable): X509Certificate {
  return chainOf(leaf, between, ca)?.at(-1) ?? ca[0];
}

function clockCheck(material: Readable | undefined, daemon: DaemonFacts, now: number): Check {
  const date = pingOf(daemon)?.date ?? Number.NaN;
  const other = Number.isNaN(date)
    ? undefined
    : { whose: 'the daemon', time: date, ours: daemon.at };
  return checkClock(now, other, material === undefined ? [] : [...material.ca, ...material.cert]);
}

async function daemonChecks(config: Config, daemon: DaemonFacts): Promise<Check[]> {
  const { dockerSocket } = config;
  const facts = await lookForExposure({ dockerSocket, interfaces: os.networkInterfaces() });
  const accounts = readAccounts();
  return [
    checkSocket(daemon, ownName(accounts), accounts),
    checkDaemon(daemon),
    checkExposure(facts),
  ];
}

function auditChecks({ auditLog }: Config): Check[] {
  const fact = lookAtAuditLog(auditLog === '-' ? auditLog : path.resolve(auditLog));
  return [checkAuditLog(fact, ownName(readAccounts())), checkDisk(fact)];
}

async function gateChecks(
  config: Config,
  material: Readable | undefined,
  identity: DoctorIdentity | { readonly missing: string },
): Promise<Check[]> {
  const ca = lookAt(config.tls.ca).text ?? '';
  const caller = 'cert' in identity ? { ca, cert: identity.cert, key: identity.key } : { ca };
  const ports = await Promise.all(config.listen.map((address) => lookAtPort(address, caller)));
  const own = material?.cert[0];
  const trusted = material?.ca ?? [];
  const running =
    ports.find((port) => isOurs(port, own)) ?? ports.find((port) => isOurOlder(port, trusted));
  const shown = running?.state.kind === 'tls' ? running.state.certificate : undefined;
  const gate: Gate | undefined = running &&
    shown && { target: dialable(running.address), ca, certificate: shown };
  return [
    ...ports.map((port) => checkPort(port, own, trusted)),
    ...(await Promise.all(config.localSockets.map(checkLocalSocket))),
    ...(await checkRoundTrip(gate, identity)),
  ];
}

async function identityFor(config: Config, material: Readable | undefined, now: number) {
  if (material === undefined) return { missing: 'the certificates cannot be read' };
  return borrowIdentity(config.certsDir, DOCTOR, material.ca, now);
}

/** Every command that signs writes the lists anew; revoking what is revoked changes nothing else. */
function listCommand(config: Config): (serial: string | undefined) => string {
  return (serial) =>
    command(config, serial === undefined ? 'server renew' : `client revoke --serial ${serial}`);
}

/** A command of dockgate for this directory of certificates. */
function command({ certsDir }: Config, name: string): string {
  return `dockgate ${name} --certs ${shellWord(certsDir)}`;
}
