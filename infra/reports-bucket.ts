import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { dataBucketProps } from './closed-bucket.ts';
import type { DeploymentSettings } from './settings.ts';

/**
 * The report pages. A bucket of their own: what is put into the landing zone is announced to the loader, and who reads reports has no business among
 * landed faxes.
 */
export class ReportsBucket extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, settings: DeploymentSettings, key: IKey, accessLogs: IBucket) {
    super(scope, id);
    const { reports, landing } = settings;
    this.bucket = new Bucket(
      this,
      'Pages',
      dataBucketProps({
        key,
        accessLogs,
        logPrefix: 'reports/',
        oldVersionsDays: landing.oldVersionsDays,
        keptDays: reports.keptDays,
      }),
    );
  }
}
