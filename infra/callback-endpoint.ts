import { Fn, RemovalPolicy } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  ApiMapping,
  DomainName,
  HttpApi,
  HttpMethod,
  HttpStage,
  LogGroupLogDestination,
  SecurityPolicy,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { DeploymentSettings } from './settings.ts';

/** The only path that is served. */
export const CALLBACK_PATH = '/callbacks';

/**
 * The public endpoint of the provider's callbacks: one route, throttled, with a log of who called when and how it was answered. Who calls is
 * proved by the signature, in the function; nothing else guards it.
 */
export class CallbackEndpoint extends Construct {
  readonly api: HttpApi;
  /** To be given to the provider, letter by letter. */
  readonly url: string;
  /** Where the domain's name must point; null without a domain. */
  readonly domainTarget: string | null;

  constructor(scope: Construct, id: string, settings: DeploymentSettings, key: IKey, receiver: IFunction) {
    super(scope, id);
    const { ratePerSecond, burst, domain } = settings.callbacks;
    this.api = new HttpApi(this, 'Api', {
      description: 'faxsync callbacks',
      createDefaultStage: false,
      // With a name of one's own there is one door only.
      disableExecuteApiEndpoint: domain !== null,
    });
    const accessLog = new LogGroup(this, 'AccessLog', {
      encryptionKey: key,
      retention: settings.logs.retentionDays as RetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const stage = new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: ratePerSecond, burstLimit: burst },
      detailedMetricsEnabled: true,
      accessLogSettings: {
        destination: new LogGroupLogDestination(accessLog),
        // Neither query nor headers: the signed URL may carry what only the provider should know.
        format: AccessLogFormat.custom(
          JSON.stringify({
            requestId: '$context.requestId',
            time: '$context.requestTimeEpoch',
            ip: '$context.identity.sourceIp',
            route: '$context.routeKey',
            status: '$context.status',
            bytes: '$context.responseLength',
            milliseconds: '$context.responseLatency',
            // Words of AWS' own; its error message may hold a quote, which would break the line.
            integration: '$context.integrationStatus',
            error: '$context.error.responseType',
          }),
        ),
      },
    });
    this.api.addRoutes({
      path: CALLBACK_PATH,
      methods: [HttpMethod.POST],
      integration: new HttpLambdaIntegration('Receive', receiver),
    });
    if (domain === null) {
      this.url = Fn.join('', [this.api.apiEndpoint, CALLBACK_PATH]);
      this.domainTarget = null;
      return;
    }
    const name = new DomainName(this, 'Domain', {
      domainName: domain.name,
      certificate: Certificate.fromCertificateArn(this, 'Certificate', domain.certificateArn),
      securityPolicy: SecurityPolicy.TLS_1_2,
    });
    new ApiMapping(this, 'Mapping', { api: this.api, domainName: name, stage });
    this.url = `https://${domain.name}${CALLBACK_PATH}`;
    this.domainTarget = name.regionalDomainName;
  }
}
