import { createHash, createHmac } from 'node:crypto';

/** Who signs tokens, and for where. */
export interface TokenSigner {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
  /** Host and port of the database, as in the token's signature. */
  readonly host: string;
}

const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
/** As the signature writes it: everything but letters, digits and -_.~ escaped. */
const escaped = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);

/**
 * Whether a token of IAM lets this login in at this time: for this host and login, signed with this key, and not older than it says
 * of itself. As the database of RDS judges it.
 */
export function isGoodToken(token: string, login: string, signer: TokenSigner, now: number = Date.now()): boolean {
  if (!URL.canParse(`https://${token}`)) return false;
  const { host, pathname, searchParams } = new URL(`https://${token}`);
  const get = (name: string) => searchParams.get(name) ?? '';
  const stamp = get('X-Amz-Date');
  const day = stamp.slice(0, 8);
  const scope = `${day}/${signer.region}/rds-db/aws4_request`;
  const canonical = [...searchParams]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${escaped(name)}=${escaped(value)}`)
    .sort()
    .join('&');
  const request = ['GET', pathname, canonical, `host:${signer.host}\n`, 'host', sha256('')].join('\n');
  const key = hmac(hmac(hmac(hmac(`AWS4${signer.secretAccessKey}`, day), signer.region), 'rds-db'), 'aws4_request');
  const signature = hmac(key, ['AWS4-HMAC-SHA256', stamp, scope, sha256(request)].join('\n')).toString('hex');
  const signedAt = Date.parse(stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  return (
    host === signer.host &&
    get('Action') === 'connect' &&
    get('DBUser') === login &&
    get('X-Amz-Credential') === `${signer.accessKeyId}/${scope}` &&
    get('X-Amz-Signature') === signature &&
    now < signedAt + Number(get('X-Amz-Expires')) * 1_000 &&
    Number(get('X-Amz-Expires')) <= 900
  );
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
