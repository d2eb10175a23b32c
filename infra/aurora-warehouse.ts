import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { ISecurityGroup, IVpc } from 'aws-cdk-lib/aws-ec2';
import { SubnetType } from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  AuroraPostgresEngineVersion,
  CfnDBCluster,
  ClusterInstance,
  Credentials,
  DatabaseCluster,
  DatabaseClusterEngine,
  ParameterGroup,
} from 'aws-cdk-lib/aws-rds';
import { Construct } from 'constructs';
import type { WarehouseLogin } from '../src/runtime/secret-content.ts';
import type { AuroraSettings } from './settings.ts';

/** Logins that `prepare-database` makes; each function connects as one of them, by a token of IAM. */
export type DatabaseLogin = `faxsync_${WarehouseLogin}`;

/** The database in the cluster. */
export const DATABASE_NAME = 'faxsync';
const MASTER_LOGIN = 'faxsync_master';

/** Where the cluster is put and what encrypts it. */
export interface AuroraWarehouseProps {
  readonly settings: AuroraSettings;
  readonly vpc: IVpc;
  readonly securityGroup: ISecurityGroup;
  readonly key: IKey;
}

/** Aurora PostgreSQL Serverless v2: encrypted, backed up, TLS only, logins by IAM. A deleted stack leaves a final snapshot. */
export class AuroraWarehouse extends Construct {
  readonly cluster: DatabaseCluster;
  /** ARN of the secret that RDS made for the master login and renews by itself. */
  readonly masterSecretArn: string;

  constructor(scope: Construct, id: string, { settings, vpc, securityGroup, key }: AuroraWarehouseProps) {
    super(scope, id);
    const engine = DatabaseClusterEngine.auroraPostgres({ version: AuroraPostgresEngineVersion.VER_17_7 });
    const parameterGroup = new ParameterGroup(this, 'Parameters', {
      engine,
      description: 'faxsync warehouse: TLS only, no values in the server log',
      parameters: {
        'rds.force_ssl': '1',
        // Rows are health data: the log may name statements and states, and never a value.
        log_error_verbosity: 'terse',
        log_min_error_statement: 'panic',
        log_statement: 'none',
        log_parameter_max_length: '0',
        log_parameter_max_length_on_error: '0',
        // A client that froze in the middle of a transaction is thrown out, whoever it is.
        idle_in_transaction_session_timeout: '60000',
      },
    });
    const instance = { autoMinorVersionUpgrade: true, enablePerformanceInsights: false } as const;
    this.cluster = new DatabaseCluster(this, 'Cluster', {
      engine,
      parameterGroup,
      vpc,
      vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
      securityGroups: [securityGroup],
      writer: ClusterInstance.serverlessV2('Writer', instance),
      readers: settings.hasStandby
        ? [ClusterInstance.serverlessV2('Standby', { ...instance, scaleWithWriter: true })]
        : [],
      serverlessV2MinCapacity: settings.minAcu,
      serverlessV2MaxCapacity: settings.maxAcu,
      ...(settings.minAcu === 0 ? { serverlessV2AutoPauseDuration: Duration.minutes(settings.pauseAfterMinutes) } : {}),
      defaultDatabaseName: DATABASE_NAME,
      credentials: Credentials.fromUsername(MASTER_LOGIN, { encryptionKey: key }),
      manageMasterUserPassword: true,
      iamAuthentication: true,
      enableDataApi: true,
      storageEncrypted: true,
      storageEncryptionKey: key,
      backup: { retention: Duration.days(settings.backupDays) },
      copyTagsToSnapshot: true,
      deletionProtection: settings.deletionProtection,
      removalPolicy: RemovalPolicy.SNAPSHOT,
    });
    const cluster = this.cluster.node.defaultChild;
    if (!(cluster instanceof CfnDBCluster)) throw new TypeError('The cluster has no resource of its own any more.');
    this.masterSecretArn = cluster.attrMasterUserSecretSecretArn;
  }

  /** URL of the database for a login, without a password: a token of IAM takes its place. */
  urlFor(login: DatabaseLogin): string {
    const { hostname, port } = this.cluster.clusterEndpoint;
    return `postgres://${login}@${hostname}:${port}/${DATABASE_NAME}?sslmode=verify-full`;
  }
}
