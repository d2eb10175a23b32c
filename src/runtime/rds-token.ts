import { Signer } from '@aws-sdk/rds-signer';

/**
 * Gives tokens of IAM for a login, each a new one: signed on this machine from the function's own credentials, good for a connection that
 * is made within 15 minutes. The region is `AWS_REGION`. Imported only where the settings ask for IAM.
 */
export function openTokenSigner(url: URL): () => Promise<string> {
  const signer = new Signer({
    hostname: url.hostname,
    port: url.port === '' ? 5432 : Number(url.port),
    username: decodeURIComponent(url.username),
  });
  return () => signer.getAuthToken();
}
