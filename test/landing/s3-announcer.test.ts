import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { S3LandingZone } from '../../src/landing/s3.ts';
import { ANNOUNCED_TAG, S3Announcer } from '../../src/landing/s3-announcer.ts';
import { S3Server } from '../support/s3-server.ts';
import { sampleEnvelope } from './envelopes.ts';

describe.each([undefined, 'clinics/fax'])('announcing an object of S3 under the prefix %s', (prefix) => {
  let server: S3Server;
  let zone: S3LandingZone;
  let announcer: S3Announcer;
  let place: string;
  let key: string;

  beforeEach(async () => {
    server = new S3Server(['landing']);
    const client = await server.start();
    zone = new S3LandingZone({ client, bucket: 'landing', ...(prefix === undefined ? {} : { prefix }) });
    announcer = new S3Announcer(zone.options);
    key = (await zone.put(sampleEnvelope())).key;
    place = `landing/${prefix === undefined ? '' : `${prefix}/`}${key}`;
  });
  afterEach(async () => {
    zone.options.client.destroy();
    await server.stop();
  });

  it('has the bucket send its message again, as often as is allowed', async () => {
    server.notifications.length = 0;
    for (const times of [1, 2, 3]) {
      expect(await announcer.announce(key, 3)).toEqual({ isAnnounced: true, times });
      expect(server.tagsOf(place)).toEqual([`${ANNOUNCED_TAG}=${times}`]);
    }
    expect(await announcer.announce(key, 3)).toEqual({ isAnnounced: false, times: 3 });
    expect(await announcer.announce(key, Number.POSITIVE_INFINITY)).toEqual({ isAnnounced: true, times: 4 });
    const told = server.notifications.map((body) => JSON.parse(body).Records[0]);
    expect(told.map(({ eventName }) => eventName)).toEqual(Array(4).fill('ObjectTagging:Put'));
    expect(told.map(({ s3 }) => zone.keyOf(decodeURIComponent(s3.object.key)))).toEqual(Array(4).fill(key));
  });

  it('changes nothing else of the object, tags of others included', async () => {
    const client = zone.options.client;
    const { PutObjectTaggingCommand } = await import('@aws-sdk/client-s3');
    const TagSet = [
      { Key: 'cost-center', Value: 'clinic' },
      { Key: ANNOUNCED_TAG, Value: 'often' },
    ];
    const at = { Bucket: 'landing', Key: place.slice('landing/'.length) };
    await client.send(new PutObjectTaggingCommand({ ...at, Tagging: { TagSet } }));
    expect(await announcer.announce(key, 3)).toEqual({ isAnnounced: true, times: 1 });
    expect(server.tagsOf(place)).toEqual(['cost-center=clinic', `${ANNOUNCED_TAG}=1`]);
    expect(await zone.get(key)).toEqual(sampleEnvelope());
  });

  it('tells a missing object from one that may not be touched, and both from what passes', async () => {
    const other = key.replace('0042', '0041');
    await expect(announcer.announce(other, 3)).rejects.toMatchObject({ code: 'landed_object_missing' });
    server.faults.push({ method: 'PUT', status: 403, code: 'AccessDenied' });
    await expect(announcer.announce(key, 3)).rejects.toMatchObject({ code: 'landing_unusable', retryable: false });
    server.faults.push({ method: 'GET', status: 503, code: 'SlowDown' });
    await expect(announcer.announce(key, 3)).rejects.toMatchObject({ code: 'landing_unavailable', retryable: true });
    expect(server.tagsOf(place)).toEqual([]);
  });
});
