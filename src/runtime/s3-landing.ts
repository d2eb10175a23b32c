import { S3Client } from '@aws-sdk/client-s3';
import { S3LandingZone } from '../landing/s3.ts';
import { REQUEST_TIMEOUTS } from './request-timeouts.ts';

/** The landing zone in a bucket, with a client of its own. Imported only where the settings name a bucket. */
export function openS3Landing(bucket: string, prefix: string): S3LandingZone {
  return new S3LandingZone({ client: new S3Client({ requestHandler: REQUEST_TIMEOUTS }), bucket, prefix });
}
