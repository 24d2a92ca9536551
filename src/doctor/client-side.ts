/** Every check on a client's machine: its files, the way to the gate, and what the gate says. */
import type { X509Certificate } from 'node:crypto';
import path from 'node:path';
import { CLIENT_FILE } from '../pki/layout.ts';
import { isUserName, USER_NAME_RULE } from '../user-name.ts';
import { ownUid, readAccounts } from './accounts.ts';
import {
  checkChain,
  checkKeyMatches,
  checkPem,
  checkPurpose,
  readable,
  type Readable,
} from './certificates.ts';
import { failed, notChecked, ok, type Check } from './check.ts';
import { checkPlaintext, wayChecks } from './client-way.ts';
import type { Target } from './dial.ts';
import { checkExpiry } from './expiry.ts';
import { lookAt, type FileFact } from './file-facts.ts';
import { checkModes, checkOwner, checkPresent } from './files.ts';
import { parseCertificates, parseKey } from './material.ts';

/**
 * Examines the way from this machine to a gate.
 *
 * @param directory what DOCKER_CERT_PATH names: ca.pem, cert.pem and key.pem.
 * @param now ms since the epoch.
 */
export async function examineClient(
  directory: string,
  target: Target,
  now: () => number = Date.now,
): Promise<Check[]> {
  const [ca, cert, key] = [CLIENT_FILE.ca, CLIENT_FILE.cert, CLIENT_FILE.key].map((name) =>
    lookAt(path.join(directory, name)),
  ) as [FileFact, FileFact, FileFact];
  const files = { ca: parseCertificates(ca), cert: parseCertificates(cert), key: parseKey(key) };
  const material = readable(files);
  const caller = { ca: ca.text ?? '', cert: cert.text ?? '', key: key.text ?? '' };
  return [
    ...fileChecks(directory, { ca, cert, key }),
    checkPem(files, { purpose: 'client', renew: ASK }, key.path),
    ...(material === undefined
      ? OWN.map((name) => notChecked(name, 'PEM'))
      : ownChecks(material, now())),
    ...(await wayChecks(target, material && caller, material, now)),
    await checkPlaintext(target),
  ];
}

/** Only who runs the gate can make another; so the command is for him. */
const ASK = 'ask who runs the gate: dockgate client renew NAME, then dockgate client export NAME';
const OWN = ['user', 'key matches', 'chain', 'purpose', 'client ends', 'CA ends'];

function fileChecks(
  directory: string,
  { ca, cert, key }: Readonly<Record<'ca' | 'cert' | 'key', FileFact>>,
): Check[] {
  const folder = lookAt(directory);
  const missing = `copy the directory that "dockgate client export" made to ${directory}, or name another with --certs`;
  return [
    checkPresent([ca, cert, key], missing),
    checkModes({ keys: [key], certificates: [ca, cert], directories: [] }),
    checkOwner(folder, [ca, cert, key], ownUid(), readAccounts()),
  ];
}

function ownChecks(material: Readable, now: number): Check[] {
  const subject = { purpose: 'client', renew: ASK } as const;
  return [
    checkUser(material.cert[0]),
    checkKeyMatches(material, subject),
    checkChain(material, subject),
    checkPurpose(material, subject),
    checkExpiry('client ends', material.cert[0], now, ASK),
    checkExpiry('CA ends', material.ca[0], now, 'ask who runs the gate: dockgate ca rotate'),
  ];
}

function checkUser(certificate: X509Certificate): Check {
  const name = 'user';
  const cn: unknown = (certificate.toLegacyObject().subject as { CN?: unknown } | undefined)?.CN;
  if (isUserName(cn)) return ok(name, cn);
  return failed(
    name,
    `the certificate's common name is none that a gate accepts; ${USER_NAME_RULE}`,
    ASK,
  );
}
