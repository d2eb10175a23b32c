import { CfnOutput, RemovalPolicy, SecretValue, Stack, type StackProps } from 'aws-cdk-lib';
import { AttributeType, Billing, type CfnGlobalTable, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import {
  accountSecret,
  FIELDS_BY_SECRET,
  type WarehouseLogin,
  warehouseSecret,
} from '../src/runtime/secret-content.ts';
import { stateTableDefinition } from '../src/state/state-table.ts';
import { AuroraWarehouse } from './aurora-warehouse.ts';
import { CallbackEndpoint } from './callback-endpoint.ts';
import { accountsText } from './check-settings.ts';
import { constructId } from './construct-id.ts';
import type { FaxsyncFunction } from './faxsync-function.ts';
import { LandingZoneBucket } from './landing-zone.ts';
import { type AccountSecrets, MirrorFunctions } from './mirror-functions.ts';
import { IsolatedNetwork } from './network.ts';
import { Operations } from './operations.ts';
import { ReportsBucket } from './reports-bucket.ts';
import { Schedules } from './schedules.ts';
import type { DeploymentSettings, FunctionName } from './settings.ts';

/** What cannot be had again outlives the stack; but a first deployment that fails leaves nothing that the next one would trip over. */
const KEPT = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;

/** What a stack is made from. */
export interface FaxsyncStackProps extends StackProps {
  /** Checked ones: see `readSettings`. */
  readonly settings: DeploymentSettings;
  /** Folder of the bundled functions. */
  readonly bundles: string;
}

/**
 * faxsync in one AWS account: landing zone, state, functions, schedules, callback endpoint and, unless the warehouse is one's own, its database
 * in a network without internet. What cannot be had again (landing zone, key, state, secrets) outlives the stack.
 */
export class FaxsyncStack extends Stack {
  readonly functions: ReadonlyMap<FunctionName, FaxsyncFunction>;

  constructor(scope: Construct, id: string, props: FaxsyncStackProps) {
    const { settings, bundles, ...stackProps } = props;
    super(scope, id, stackProps);
    const { warehouse } = settings;

    const key = this.#key(settings.name);
    const zone = new LandingZoneBucket(this, 'LandingZone', settings, key);
    const reports = new ReportsBucket(this, 'Reports', settings, key, zone.accessLogs);
    const { partitionKey, sortKey, timeToLiveAttribute } = stateTableDefinition;
    const table = new TableV2(this, 'State', {
      partitionKey: { name: partitionKey.name, type: AttributeType.STRING },
      sortKey: { name: sortKey.name, type: AttributeType.STRING },
      timeToLiveAttribute,
      billing: Billing.onDemand(),
      encryption: TableEncryptionV2.awsManagedKey(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: KEPT,
    });
    // CDK writes a key of one's own only into stacks that know their region.
    const globalTable = table.node.defaultChild as CfnGlobalTable;
    globalTable.addPropertyOverride('Replicas.0.SSESpecification.KMSMasterKeyId', key.keyArn);
    const network =
      warehouse.kind === 'external'
        ? null
        : new IsolatedNetwork(this, 'Network', {
            bucketArn: zone.bucket.bucketArn,
            reportsArn: reports.bucket.bucketArn,
            tableArn: table.tableArn,
            key,
            retentionDays: settings.logs.retentionDays,
          });
    const aurora =
      warehouse.kind === 'external' || network === null
        ? null
        : new AuroraWarehouse(this, 'Warehouse', {
            settings: warehouse,
            vpc: network.vpc,
            securityGroup: network.database,
            key,
          });
    const secrets = settings.accounts.map(({ account }) => this.#accountSecrets(settings.name, account, key));
    const logins: readonly WarehouseLogin[] =
      warehouse.kind === 'external' ? ['load', 'reconcile', 'report', 'migrate'] : [];
    const warehouseSecrets = new Map(
      logins.map((login) => [
        login,
        this.#secret(
          `WarehouseSecret${constructId(login)}`,
          warehouseSecret(settings.name, login),
          FIELDS_BY_SECRET.warehouse,
          key,
        ),
      ]),
    );
    const mirror = new MirrorFunctions(this, 'Functions', {
      surroundings: {
        settings,
        bundles,
        key,
        environment: {
          FAXSYNC_ACCOUNTS: accountsText(settings),
          FAXSYNC_LANDING: `s3://${zone.bucket.bucketName}`,
          FAXSYNC_STATE: `dynamodb:${table.tableName}`,
        },
      },
      zone,
      reports,
      table,
      secrets,
      warehouse: aurora,
      warehouseSecrets,
      network,
    });
    this.functions = mirror.byName;
    const endpoint = new CallbackEndpoint(this, 'Callbacks', settings, key, mirror.receiveCallback.lambda);
    const schedules = new Schedules(this, 'Schedules', settings, mirror);

    const operations = new Operations(
      this,
      'Operations',
      {
        functions: mirror.byName,
        loads: zone.loads,
        deadLoads: zone.deadLoads,
        deadSchedules: schedules.dead,
        table,
        api: endpoint.api,
        cluster: aurora?.cluster ?? null,
        key,
      },
      settings,
    );

    const outputs: Readonly<Record<string, string | null>> = {
      LandingBucket: zone.bucket.bucketName,
      ReportsUrl: `s3://${reports.bucket.bucketName}`,
      StateTable: table.tableName,
      LoadsUrl: zone.loads.queueUrl,
      DeadLettersUrl: zone.deadLoads.queueUrl,
      DeadSchedulesUrl: schedules.dead.queueUrl,
      CallbackUrl: endpoint.url,
      CallbackDomainTarget: endpoint.domainTarget,
      ClusterArn: aurora?.cluster.clusterArn ?? null,
      MasterSecretArn: aurora?.masterSecretArn ?? null,
      AlarmTopicArn: operations.topic.topicArn,
      DashboardUrl: operations.dashboard.url,
    };
    for (const [name, value] of Object.entries(outputs)) {
      if (value !== null) new CfnOutput(this, name, { value });
    }
  }

  /** One key for all that is kept; it outlives the stack, since what it encrypts does. */
  #key(name: string): Key {
    const key = new Key(this, 'Key', {
      alias: name,
      description: 'faxsync: landing zone, reports, state, secrets, logs, warehouse',
      enableKeyRotation: true,
      removalPolicy: KEPT,
    });
    key.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal(`logs.${this.region}.${this.urlSuffix}`)],
        actions: [
          'kms:Decrypt',
          'kms:DescribeKey',
          'kms:Encrypt',
          'kms:GenerateDataKey',
          'kms:ReEncryptFrom',
          'kms:ReEncryptTo',
        ],
        resources: ['*'],
        conditions: {
          ArnLike: {
            'kms:EncryptionContext:aws:logs:arn': `arn:${this.partition}:logs:${this.region}:${this.account}:log-group:*`,
          },
        },
      }),
    );
    return key;
  }

  #accountSecrets(name: string, account: string, key: Key): AccountSecrets {
    const id = constructId(account);
    const provider = this.#secret(
      `ProviderSecret${id}`,
      accountSecret(name, account, 'provider'),
      FIELDS_BY_SECRET.provider,
      key,
    );
    const callbacks = this.#secret(
      `CallbacksSecret${id}`,
      accountSecret(name, account, 'callbacks'),
      FIELDS_BY_SECRET.callbacks,
      key,
    );
    return { account, provider, callbacks };
  }

  /**
   * A secret with blank fields, to be filled in by hand: nothing secret ever stands in a template. CloudFormation leaves it alone as long as the
   * template says the same of it; were text or description to change, it would write the blanks over everybody's keys. A test holds them still.
   */
  #secret(id: string, secretName: string, fields: readonly string[], key: Key): Secret {
    return new Secret(this, id, {
      secretName,
      description: `faxsync: fill in ${fields.join(', ')} (docs/deploy.md)`,
      encryptionKey: key,
      removalPolicy: KEPT,
      secretStringValue: SecretValue.unsafePlainText(
        JSON.stringify(Object.fromEntries(fields.map((field) => [field, '']))),
      ),
    });
  }
}
