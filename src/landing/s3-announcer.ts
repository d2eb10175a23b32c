import { GetObjectTaggingCommand, PutObjectTaggingCommand, type Tag } from '@aws-sdk/client-s3';
import type { Announcement, Announcer } from './contract.ts';
import { missingObject } from './errors.ts';
import type { S3LandingOptions } from './s3.ts';
import { errorName, s3Error } from './s3-error.ts';

/** The tag that says how often an object was announced again. */
export const ANNOUNCED_TAG = 'faxsync-announced';

/**
 * The {@link Announcer} of an S3 bucket whose notifications are set for `s3:ObjectTagging:Put` as well: the tag is put, and S3 itself
 * sends the message that it sent when the object was stored. So who finds an object that was never loaded need not reach the queue.
 * Other tags of the object stay. Two that announce one object at once send two messages and count one: loading it twice changes nothing.
 */
export class S3Announcer implements Announcer {
  readonly #options: S3LandingOptions;

  constructor(options: S3LandingOptions) {
    this.#options = options;
  }

  async announce(key: string, timesMax: number): Promise<Announcement> {
    const { client, bucket, prefix } = this.#options;
    const place = { Bucket: bucket, Key: prefix ? `${prefix}/${key}` : key };
    try {
      const { TagSet = [] } = await client.send(new GetObjectTaggingCommand(place));
      const times = timesOf(TagSet);
      if (times >= timesMax) return { isAnnounced: false, times };
      const others = TagSet.filter(({ Key }) => Key !== ANNOUNCED_TAG);
      const tags = [...others, { Key: ANNOUNCED_TAG, Value: String(times + 1) }];
      await client.send(new PutObjectTaggingCommand({ ...place, Tagging: { TagSet: tags } }));
      return { isAnnounced: true, times: times + 1 };
    } catch (cause) {
      throw errorName(cause) === 'NoSuchKey' ? missingObject(key, cause) : s3Error('announce', key, cause);
    }
  }
}

/** What the tag says; 0 where there is none, or one that nobody of ours wrote. */
function timesOf(tags: readonly Tag[]): number {
  const times = Number(tags.find(({ Key }) => Key === ANNOUNCED_TAG)?.Value);
  return Number.isSafeInteger(times) && times > 0 ? times : 0;
}
