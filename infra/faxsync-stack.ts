import { CfnOutput, RemovalPolicy, SecretValue, Stack, type StackProps } from 'aws-cdk-lib';
import { AttributeType, Billing, type CfnGlobalTable, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
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
import { Schedules } from './schedules.ts';
import type { DeploymentSettings, FunctionName } from './settings.ts';

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
    const { partitionKey, sortKey, timeToLiveAttribute } = stateTableDefinition;
    const table = new TableV2(this, 'State', {
      partitionKey: { name: partitionKey.name, type: AttributeType.STRING },
      sortKey: { name: sortKey.name, type: AttributeType.STRING },
      timeToLiveAttribute,
      billing: Billing.onDemand(),
      encryption: TableEncryptionV2.awsManagedKey(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    // CDK writes a key of one's own only into stacks that know their region.
    const globalTable = table.node.defaultChild as CfnGlobalTable;
    globalTable.addPropertyOverride('Replicas.0.SSESpecification.KMSMasterKeyId', key.keyArn);
    const network =
      warehouse.kind === 'external'
        ? null
        : new IsolatedNetwork(this, 'Network', {
            bucketArn: zone.bucket.bucketArn,
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
    const warehouseSecret =
      warehouse.kind === 'external'
        ? this.#secret('WarehouseSecret', `${settings.name}/warehouse`, ['database_url', 'migrate_url'], key)
        : null;
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
      table,
      secrets,
      warehouse: aurora,
      warehouseSecret,
      place: network?.place ?? null,
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
      description: 'faxsync: landing zone, state, secrets, logs, warehouse',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
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
      `${name}/${account}/provider`,
      ['api_key', 'api_secret', 'api_key_2', 'api_secret_2'],
      key,
    );
    const callbacks = this.#secret(
      `CallbacksSecret${id}`,
      `${name}/${account}/callbacks`,
      ['callback_tokens', 'callback_url'],
      key,
    );
    return { account, provider, callbacks };
  }

  /** A secret with blank fields, to be filled in by hand: nothing secret ever stands in a template, and a later deployment leaves it alone. */
  #secret(id: string, secretName: string, fields: readonly string[], key: Key): Secret {
    return new Secret(this, id, {
      secretName,
      description: `faxsync: fill in ${fields.join(', ')} (docs/deploy.md)`,
      encryptionKey: key,
      removalPolicy: RemovalPolicy.RETAIN,
      secretStringValue: SecretValue.unsafePlainText(
        JSON.stringify(Object.fromEntries(fields.map((field) => [field, '']))),
      ),
    });
  }
}
