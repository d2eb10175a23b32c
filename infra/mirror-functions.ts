import { CfnResource, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Trigger } from 'aws-cdk-lib/triggers';
import { Construct } from 'constructs';
import type { WarehouseLogin } from '../src/runtime/secret-content.ts';
import { type AuroraWarehouse, DATABASE_NAME, type DatabaseLogin } from './aurora-warehouse.ts';
import { reconciledAccountsText } from './check-settings.ts';
import { constructId } from './construct-id.ts';
import { FaxsyncFunction, type FunctionSurroundings, maskingPolicy } from './faxsync-function.ts';
import type { LandingZoneBucket } from './landing-zone.ts';
import type { IsolatedNetwork } from './network.ts';
import type { ReportsBucket } from './reports-bucket.ts';
import type { FunctionName } from './settings.ts';

/** Where CDK keeps the function that calls triggers. */
const TRIGGER_PROVIDER = 'AWSCDK.TriggerCustomResourceProviderCustomResourceProvider';

/** The two secrets of one account. */
export interface AccountSecrets {
  readonly account: string;
  /** API keys. */
  readonly provider: Secret;
  /** Callback tokens and URL. */
  readonly callbacks: Secret;
}

/** What the functions work with. */
export interface MirrorFunctionsProps {
  readonly surroundings: FunctionSurroundings;
  readonly zone: LandingZoneBucket;
  readonly reports: ReportsBucket;
  readonly table: TableV2;
  readonly secrets: readonly AccountSecrets[];
  /** Null: the warehouse is one's own, and {@link warehouseSecrets} have its URLs. */
  readonly warehouse: AuroraWarehouse | null;
  readonly warehouseSecrets: ReadonlyMap<WarehouseLogin, Secret>;
  /** Where those live that hold the database; null: nowhere in particular. */
  readonly network: IsolatedNetwork | null;
}

/**
 * The file of the Lambda runtime with the authorities of RDS, which Node does not trust by itself since Node 20.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html
 */
const RDS_AUTHORITIES = '/var/runtime/ca-cert.pem';

/**
 * The functions and what each may do, which is what it does and no more. What speaks to the internet has no database; what holds the database
 * has no internet, no secret and no queue.
 */
export class MirrorFunctions extends Construct {
  readonly pull: FaxsyncFunction;
  readonly receiveCallback: FaxsyncFunction;
  readonly canary: FaxsyncFunction;
  readonly load: FaxsyncFunction;
  readonly audit: FaxsyncFunction;
  readonly reconcile: FaxsyncFunction;
  readonly report: FaxsyncFunction;
  readonly migrate: FaxsyncFunction;
  readonly byName: ReadonlyMap<FunctionName, FaxsyncFunction>;
  readonly #props: MirrorFunctionsProps;

  constructor(scope: Construct, id: string, props: MirrorFunctionsProps) {
    super(scope, id);
    this.#props = props;
    this.pull = this.#outside('pull', 'asks the provider and lands what it answers');
    this.#mayLand(this.pull, ['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:UpdateItem']);
    this.#mayRead(
      this.pull,
      props.secrets.map(({ provider }) => provider),
    );
    this.receiveCallback = this.#outside('receive-callback', 'checks and lands what the provider calls back');
    this.#mayLand(this.receiveCallback, ['dynamodb:GetItem', 'dynamodb:UpdateItem']);
    this.#mayRead(
      this.receiveCallback,
      props.secrets.map(({ callbacks }) => callbacks),
    );
    this.canary = this.#outside('canary', 'lands a made-up fax that must arrive');
    this.#mayLand(this.canary, ['dynamodb:UpdateItem']);

    this.load = this.#inside('load', 'brings landed objects into the warehouse', 'load');
    const { receivesMax, visibilitySeconds, batchingWindowSeconds } = props.surroundings.settings.loads;
    this.audit = this.#inside('audit', 'finds what was landed and not loaded', 'reconcile', {
      // As long as its message may still be tried, an object is not lost.
      FAXSYNC_AUDIT_GRACE_SECONDS: String(receivesMax * visibilitySeconds + batchingWindowSeconds),
    });
    this.reconcile = this.#inside('reconcile', 'measures the warehouse and reconciles its money', 'reconcile', {
      FAXSYNC_ACCOUNTS: reconciledAccountsText(props.surroundings.settings),
    });
    const reports = props.reports.bucket;
    this.report = this.#inside('report', 'makes the report page of each account and stores it', 'report', {
      FAXSYNC_REPORTS: `s3://${reports.bucketName}`,
    });
    this.report.allow(['s3:PutObject'], [reports.arnForObjects('*')]);
    this.report.allowKeyThrough('s3');
    this.migrate = this.#inside('migrate', 'brings the warehouse to the schema of this version', 'migrate');
    const { bucket } = props.zone;
    this.load.allow(['s3:GetObject'], [bucket.arnForObjects('*')]);
    // Without it S3 says of an object that is not there that one may not read it.
    this.load.allow(['s3:ListBucket'], [bucket.bucketArn]);
    this.load.allow(['dynamodb:UpdateItem'], [props.table.tableArn]);
    this.load.allowKeyThrough('s3', 'dynamodb');
    this.#feedLoad();
    this.audit.allow(['s3:ListBucket'], [bucket.bucketArn]);
    this.audit.allow(['s3:GetObjectTagging', 's3:PutObjectTagging'], [bucket.arnForObjects('*')]);

    const prepare = props.warehouse === null ? null : this.#prepareDatabase(props.warehouse);
    this.#migrateAtDeployment(prepare);
    const all = [
      this.pull,
      this.receiveCallback,
      this.canary,
      this.load,
      this.audit,
      this.reconcile,
      this.report,
      this.migrate,
      ...(prepare === null ? [] : [prepare.made]),
    ];
    this.byName = new Map(all.map((one) => [one.name, one]));
  }

  #outside(
    name: FunctionName,
    description: string,
    environment: Readonly<Record<string, string>> = {},
  ): FaxsyncFunction {
    const { surroundings } = this.#props;
    return new FaxsyncFunction(this, constructId(name), surroundings, {
      name,
      description: `faxsync: ${description}`,
      environment: { FAXSYNC_SECRETS: surroundings.settings.name, ...environment },
      place: null,
    });
  }

  /** A function that holds the database: by its own login in Aurora, or by the secret of an external one. */
  #inside(
    name: FunctionName,
    description: string,
    login: WarehouseLogin,
    environment: Readonly<Record<string, string>> = {},
  ): FaxsyncFunction {
    const { surroundings, warehouse, warehouseSecrets, network } = this.#props;
    // It only adds authorities, and a Postgres of one's own is often one of RDS.
    const more = { ...environment, NODE_EXTRA_CA_CERTS: RDS_AUTHORITIES };
    if (warehouse === null || network === null) {
      const made = this.#outside(name, description, { ...more, FAXSYNC_DATABASE_AUTH: 'secret' });
      const secret = warehouseSecrets.get(login);
      this.#mayRead(made, secret === undefined ? [] : [secret]);
      return made;
    }
    const user: DatabaseLogin = `faxsync_${login}`;
    const made = new FaxsyncFunction(this, constructId(name), surroundings, {
      name,
      description: `faxsync: ${description}`,
      environment: {
        ...more,
        FAXSYNC_DATABASE_URL: warehouse.urlFor(user),
        FAXSYNC_DATABASE_AUTH: 'iam',
      },
      place: network.place,
    });
    const { partition, region, account } = Stack.of(this);
    const cluster = warehouse.cluster.clusterResourceIdentifier;
    made.allow(['rds-db:connect'], [`arn:${partition}:rds-db:${region}:${account}:dbuser:${cluster}/${user}`]);
    return made;
  }

  #mayLand(made: FaxsyncFunction, stateActions: readonly string[]): void {
    const { zone, table } = this.#props;
    made.allow(['s3:PutObject'], [zone.bucket.arnForObjects('*')]);
    made.allow(stateActions, [table.tableArn]);
    made.allowKeyThrough('s3', 'dynamodb');
  }

  #mayRead(made: FaxsyncFunction, secrets: readonly Secret[]): void {
    made.allow(
      ['secretsmanager:GetSecretValue'],
      secrets.map(({ secretArn }) => secretArn),
    );
    made.allowKeyThrough('secretsmanager');
  }

  /**
   * The poller of the queue is Lambda's own, outside of the network, and asks with the function's role: the only rights on a queue that a
   * function in the network has, and its code has no way there.
   */
  #feedLoad(): void {
    const { surroundings, zone } = this.#props;
    const { batchSize, batchingWindowSeconds, concurrencyMax } = surroundings.settings.loads;
    this.load.allow(['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'], [zone.loads.queueArn]);
    const mapping = new EventSourceMapping(this, 'FeedLoad', {
      target: this.load.lambda,
      eventSourceArn: zone.loads.queueArn,
      batchSize,
      ...(batchingWindowSeconds === 0 ? {} : { maxBatchingWindow: Duration.seconds(batchingWindowSeconds) }),
      maxConcurrency: concurrencyMax,
      reportBatchItemFailures: true,
    });
    mapping.node.addDependency(this.load.role);
  }

  /** Makes the logins by the Data API, since whoever is in the network cannot read the master's secret. */
  #prepareDatabase(warehouse: AuroraWarehouse): { readonly made: FaxsyncFunction; readonly trigger: Trigger } {
    const made = this.#outside('prepare-database', 'makes the logins of the warehouse, at deployment', {
      FAXSYNC_CLUSTER_ARN: warehouse.cluster.clusterArn,
      FAXSYNC_MASTER_SECRET_ARN: warehouse.masterSecretArn,
      FAXSYNC_DATABASE_NAME: DATABASE_NAME,
    });
    made.allow(['rds-data:ExecuteStatement'], [warehouse.cluster.clusterArn]);
    made.allow(['secretsmanager:GetSecretValue'], [warehouse.masterSecretArn]);
    made.allowKeyThrough('secretsmanager');
    const trigger = this.#trigger('PrepareDatabaseNow', made);
    // An answer needs an instance, not the cluster alone.
    trigger.executeAfter(warehouse);
    return { made, trigger };
  }

  /** A migration that fails fails the deployment, which then goes back to what was there. */
  #migrateAtDeployment(prepare: { readonly trigger: Trigger } | null): void {
    const trigger = this.#trigger('MigrateNow', this.migrate);
    this.#keepLogOfTriggers();
    if (this.#props.network !== null) trigger.executeAfter(this.#props.network);
    if (prepare !== null) trigger.executeAfter(prepare.trigger);
    // The code that knows a new column must not run before it is there.
    trigger.executeBefore(this.load, this.audit, this.reconcile, this.report);
  }

  /** CDK's own function that calls the two: its log would otherwise grow by itself, unencrypted and without an end. */
  #keepLogOfTriggers(): void {
    const { settings, key } = this.#props.surroundings;
    const log = new LogGroup(this, 'TriggersLog', {
      logGroupName: `/aws/lambda/${settings.name}-at-deployment`,
      encryptionKey: key,
      retention: settings.logs.retentionDays as RetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
      dataProtectionPolicy: maskingPolicy(),
    });
    const handler = Stack.of(this).node.tryFindChild(TRIGGER_PROVIDER)?.node.tryFindChild('Handler');
    if (!(handler instanceof CfnResource)) throw new TypeError("CDK's provider of triggers has changed its form.");
    handler.addPropertyOverride('LoggingConfig', { LogGroup: log.logGroupName });
  }

  #trigger(id: string, made: FaxsyncFunction): Trigger {
    const { timeoutSeconds } = this.#props.surroundings.settings.functions[made.name];
    return new Trigger(this, id, { handler: made.lambda, timeout: Duration.seconds(timeoutSeconds) });
  }
}
