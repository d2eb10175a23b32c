import { generateKeyPairSync, sign } from 'node:crypto';

/** A certificate for `localhost` that signed itself, and its key, both PEM. */
export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
}

const tagged = (tag: number, ...parts: readonly Buffer[]): Buffer => {
  const content = Buffer.concat(parts);
  const size = content.length;
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
};
const sequence = (...parts: readonly Buffer[]) => tagged(0x30, ...parts);
const oid = (...bytes: readonly number[]) => tagged(0x06, Buffer.from(bytes));
const time = (text: string) => tagged(0x18, Buffer.from(text));

const ECDSA_WITH_SHA256 = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
const COMMON_NAME = oid(0x55, 0x04, 0x03);
const BASIC_CONSTRAINTS = oid(0x55, 0x1d, 0x13);
const ALTERNATIVE_NAMES = oid(0x55, 0x1d, 0x11);

/**
 * Makes a certificate, so that no key lies in the repository. It is its own authority: a client that trusts it, trusts the server.
 * Valid from 2020 to 2050 for `localhost` and 127.0.0.1, or for the name given instead.
 */
export function testCertificate(host = 'localhost'): TestCertificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = sequence(tagged(0x31, sequence(COMMON_NAME, tagged(0x0c, Buffer.from(host)))));
  const alternatives = [tagged(0x82, Buffer.from(host))];
  if (host === 'localhost') alternatives.push(tagged(0x87, Buffer.from([127, 0, 0, 1])));
  const extensions = sequence(
    sequence(
      BASIC_CONSTRAINTS,
      tagged(0x01, Buffer.from([0xff])),
      tagged(0x04, sequence(tagged(0x01, Buffer.from([0xff])))),
    ),
    sequence(ALTERNATIVE_NAMES, tagged(0x04, sequence(...alternatives))),
  );
  const content = sequence(
    tagged(0xa0, tagged(0x02, Buffer.from([2]))),
    tagged(0x02, Buffer.from([1])),
    ECDSA_WITH_SHA256,
    name,
    sequence(time('20200101000000Z'), time('20500101000000Z')),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, extensions),
  );
  const signature = sign('sha256', content, privateKey);
  const der = sequence(content, ECDSA_WITH_SHA256, tagged(0x03, Buffer.from([0]), signature));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}
