// Puts the tag by which a landing bucket announces its objects to the loader on every object under a prefix: announce.mjs <bucket> <prefix>
import { ListObjectsV2Command, PutObjectTaggingCommand, S3Client } from '@aws-sdk/client-s3';

const AT_ONCE = 32;
const TAGGING = { TagSet: [{ Key: 'faxsync-announced', Value: '0' }] };

const [bucket, prefix] = process.argv.slice(2);
const s3 = new S3Client({ maxAttempts: 8, forcePathStyle: true });
let announced = 0;
let after;
for (;;) {
  const page = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: after }));
  const keys = (page.Contents ?? []).map(({ Key }) => Key);
  const work = async () => {
    for (let key = keys.pop(); key !== undefined; key = keys.pop()) {
      await s3.send(new PutObjectTaggingCommand({ Bucket: bucket, Key: key, Tagging: TAGGING }));
      announced += 1;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  console.log(`${announced} announced`);
  after = page.NextContinuationToken;
  if (page.IsTruncated !== true) break;
}
