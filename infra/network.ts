import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  FlowLogDestination,
  FlowLogTrafficType,
  GatewayVpcEndpointAwsService,
  type IVpc,
  Peer,
  Port,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { AnyPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { VpcPlace } from './faxsync-function.ts';

/** What the network is made for. */
export interface NetworkProps {
  readonly bucketArn: string;
  /** Of the report pages, which are only put from here. */
  readonly reportsArn: string;
  readonly tableArn: string;
  /** Encrypts the flow log. */
  readonly key: IKey;
  /** Days the flow log is kept. */
  readonly retentionDays: number;
}

/**
 * Two isolated subnets: no internet gateway, no NAT, no interface endpoint. What lives here reaches the database, and through the free gateway
 * endpoints this landing zone, the bucket of reports and this state table, and nothing else in the world.
 */
export class IsolatedNetwork extends Construct {
  readonly vpc: IVpc;
  /** Of the functions. */
  readonly functions: SecurityGroup;
  /** Of the database. */
  readonly database: SecurityGroup;

  constructor(scope: Construct, id: string, props: NetworkProps) {
    super(scope, id);
    this.vpc = new Vpc(this, 'Vpc', {
      maxAzs: 2,
      natGateways: 0,
      createInternetGateway: false,
      // Nothing is ever put into the default group; emptying it would take a function with rights over all groups.
      restrictDefaultSecurityGroup: false,
      subnetConfiguration: [{ name: 'Isolated', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 24 }],
      // CDK's classes and interfaces differ under exactOptionalPropertyTypes.
    }) as IVpc;
    const flowLog = new LogGroup(this, 'FlowLog', {
      encryptionKey: props.key,
      retention: props.retentionDays as RetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // Refused traffic only: accepted traffic is the loader's, and would be most of what is logged.
    this.vpc.addFlowLog('Rejected', {
      destination: FlowLogDestination.toCloudWatchLogs(flowLog),
      trafficType: FlowLogTrafficType.REJECT,
    });
    const { account } = Stack.of(this);
    const s3 = this.vpc.addGatewayEndpoint('S3', { service: GatewayVpcEndpointAwsService.S3 });
    s3.addToPolicy(
      new PolicyStatement({
        principals: [new AnyPrincipal()],
        actions: ['s3:GetObject', 's3:GetObjectTagging', 's3:PutObjectTagging', 's3:ListBucket'],
        resources: [props.bucketArn, `${props.bucketArn}/*`],
        conditions: { StringEquals: { 'aws:PrincipalAccount': account } },
      }),
    );
    s3.addToPolicy(
      new PolicyStatement({
        principals: [new AnyPrincipal()],
        actions: ['s3:PutObject'],
        resources: [`${props.reportsArn}/*`],
        conditions: { StringEquals: { 'aws:PrincipalAccount': account } },
      }),
    );
    const dynamo = this.vpc.addGatewayEndpoint('DynamoDb', { service: GatewayVpcEndpointAwsService.DYNAMODB });
    dynamo.addToPolicy(
      new PolicyStatement({
        principals: [new AnyPrincipal()],
        actions: ['dynamodb:UpdateItem'],
        resources: [props.tableArn],
        conditions: { StringEquals: { 'aws:PrincipalAccount': account } },
      }),
    );
    this.functions = new SecurityGroup(this, 'Functions', {
      vpc: this.vpc,
      description: 'faxsync functions without internet',
      allowAllOutbound: false,
    });
    this.database = new SecurityGroup(this, 'Database', {
      vpc: this.vpc,
      description: 'faxsync warehouse',
      allowAllOutbound: false,
    });
    this.database.addIngressRule(this.functions, Port.tcp(5432), 'Postgres from the functions');
    this.functions.addEgressRule(this.database, Port.tcp(5432), 'Postgres');
    // The subnets lead nowhere but to the two gateway endpoints, whose addresses are AWS' own and change.
    this.functions.addEgressRule(Peer.anyIpv4(), Port.tcp(443), 'S3 and DynamoDB by their gateway endpoints');
  }

  /** Where functions without internet are put. */
  get place(): VpcPlace {
    return {
      vpc: this.vpc,
      vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
      securityGroups: [this.functions],
    };
  }
}
