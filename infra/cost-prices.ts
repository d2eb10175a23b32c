/** A list price: so many dollars for so many units. */
export interface Price {
  readonly usd: number;
  readonly per: number;
  /** What is counted. */
  readonly unit: string;
}

/**
 * List prices of us-east-1 in US dollars, from memory, November 2026; none was looked up, and none of AWS' free allowances is taken off.
 * Check those that matter to you (docs/cost.md shows which do) on the pages named, and hand your own to `estimateCost`.
 */
export const PRICES = {
  // https://aws.amazon.com/s3/pricing, S3 Standard
  s3Put: { usd: 0.005, per: 1_000, unit: 'PUT or LIST requests' },
  s3Get: { usd: 0.0004, per: 1_000, unit: 'GET requests' },
  s3Storage: { usd: 0.023, per: 1, unit: 'GB and month' },
  // https://aws.amazon.com/kms/pricing
  kmsKey: { usd: 1, per: 1, unit: 'keys' },
  kmsRequests: { usd: 0.03, per: 10_000, unit: 'requests' },
  // https://aws.amazon.com/sqs/pricing, standard queues; 64 kB are one request
  sqsRequests: { usd: 0.4, per: 1_000_000, unit: 'requests' },
  // https://aws.amazon.com/lambda/pricing, arm64
  lambdaRequests: { usd: 0.2, per: 1_000_000, unit: 'requests' },
  lambdaCompute: { usd: 0.0000133334, per: 1, unit: 'GB-seconds' },
  // https://aws.amazon.com/dynamodb/pricing/on-demand, standard class
  dynamoWrites: { usd: 0.625, per: 1_000_000, unit: 'write request units' },
  dynamoReads: { usd: 0.125, per: 1_000_000, unit: 'read request units' },
  dynamoStorage: { usd: 0.25, per: 1, unit: 'GB and month' },
  dynamoRestore: { usd: 0.2, per: 1, unit: 'GB and month, point-in-time recovery' },
  // https://aws.amazon.com/api-gateway/pricing; 512 kB are one request
  httpRequests: { usd: 1, per: 1_000_000, unit: 'requests of 512 kB' },
  // https://aws.amazon.com/eventbridge/pricing
  schedulerRuns: { usd: 1, per: 1_000_000, unit: 'scheduled runs' },
  // https://aws.amazon.com/cloudwatch/pricing
  customMetrics: { usd: 0.3, per: 730, unit: 'metrics and hours' },
  alarmMetrics: { usd: 0.1, per: 1, unit: 'metrics in alarms' },
  dashboards: { usd: 3, per: 1, unit: 'dashboards' },
  logsIngested: { usd: 0.5, per: 1, unit: 'GB' },
  logsMasked: { usd: 0.12, per: 1, unit: 'GB searched for personal data' },
  logsStored: { usd: 0.03, per: 1, unit: 'GB and month, compressed' },
  // https://aws.amazon.com/secrets-manager/pricing
  secrets: { usd: 0.4, per: 1, unit: 'secrets' },
  secretReads: { usd: 0.05, per: 10_000, unit: 'reads' },
  // https://aws.amazon.com/rds/aurora/pricing, Aurora PostgreSQL Serverless v2, standard storage
  auroraCapacity: { usd: 0.12, per: 1, unit: 'ACU-hours' },
  auroraIo: { usd: 0.2, per: 1_000_000, unit: 'requests to the storage' },
  auroraStorage: { usd: 0.1, per: 1, unit: 'GB and month' },
  auroraBackup: { usd: 0.021, per: 1, unit: 'GB and month' },
  // https://aws.amazon.com/ec2/pricing/on-demand, data transfer between zones, both directions together
  zoneTransfer: { usd: 0.02, per: 1, unit: 'GB' },
  // https://aws.amazon.com/vpc/pricing and https://aws.amazon.com/privatelink/pricing: what this design does without
  natHours: { usd: 0.045, per: 1, unit: 'gateway hours' },
  natData: { usd: 0.045, per: 1, unit: 'GB' },
  addressHours: { usd: 0.005, per: 1, unit: 'public IPv4 address hours' },
  endpointHours: { usd: 0.01, per: 1, unit: 'endpoint and zone hours' },
  endpointData: { usd: 0.01, per: 1, unit: 'GB' },
} as const satisfies Readonly<Record<string, Price>>;

/** A price by its name. */
export type PriceName = keyof typeof PRICES;

/** A complete list of prices, such as {@link PRICES}. */
export type PriceList = Readonly<Record<PriceName, Price>>;
