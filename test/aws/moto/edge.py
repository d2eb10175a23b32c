"""HTTP API, EventBridge Scheduler, CloudWatch, SNS."""

import json

from engine import NotEmulated
from shim import ACCOUNT, REGION, client, resource, tag_map, tags_of


def _lower_first(value):
    return {key[0].lower() + key[1:]: inner for key, inner in value.items()}


@resource("AWS::ApiGatewayV2::Api", "Name", ("ApiEndpoint", "ApiId"))
def api(given):
    """An HTTP API; the host serves it."""
    asked = given.take_all("Description", "DisableExecuteApiEndpoint", "ProtocolType", "RouteSelectionExpression")
    made = client("apigatewayv2").create_api(Name=given.name, Tags=tag_map(given), **asked)
    return made["ApiId"], {"ApiEndpoint": f"https://{made['ApiId']}.execute-api.{REGION}.amazonaws.com", "ApiId": made["ApiId"]}


@resource("AWS::ApiGatewayV2::Stage")
def stage(given):
    """A stage with its throttle and access log."""
    asked = given.take_all("ApiId", "AutoDeploy", "DefaultRouteSettings", "Description", "RouteSettings", "StageName")
    log = given.take("AccessLogSettings")
    if log:
        asked["AccessLogSettings"] = log
    client("apigatewayv2").create_stage(Tags=tag_map(given), **asked)
    return asked["StageName"]


@resource("AWS::ApiGatewayV2::Integration", "", ("IntegrationId",))
def integration(given):
    """What a route leads to."""
    names = (
        "ApiId",
        "ConnectionType",
        "Description",
        "IntegrationMethod",
        "IntegrationType",
        "IntegrationUri",
        "PayloadFormatVersion",
        "TimeoutInMillis",
    )
    made = client("apigatewayv2").create_integration(**given.take_all(*names))
    return made["IntegrationId"], {"IntegrationId": made["IntegrationId"]}


@resource("AWS::ApiGatewayV2::Route", "", ("RouteId",))
def route(given):
    """A method and path of an API."""
    made = client("apigatewayv2").create_route(**given.take_all("ApiId", "AuthorizationType", "OperationName", "RouteKey", "Target"))
    return made["RouteId"], {"RouteId": made["RouteId"]}


@resource("AWS::ApiGatewayV2::DomainName", "DomainName", ("RegionalDomainName", "RegionalHostedZoneId"))
def domain_name(given):
    """A name of one's own."""
    asked = given.take("DomainNameConfigurations")
    client("apigatewayv2").create_domain_name(DomainName=given.name, DomainNameConfigurations=asked, Tags=tag_map(given))
    return given.name, {"RegionalDomainName": f"d-faxsync.execute-api.{REGION}.amazonaws.com", "RegionalHostedZoneId": "Z1"}


@resource("AWS::ApiGatewayV2::ApiMapping", "", ("ApiMappingId",))
def api_mapping(given):
    """Leads a name to an API."""
    made = client("apigatewayv2").create_api_mapping(**given.take_all("ApiId", "ApiMappingKey", "DomainName", "Stage"))
    return made["ApiMappingId"], {"ApiMappingId": made["ApiMappingId"]}


@resource("AWS::Scheduler::ScheduleGroup", "Name", ("Arn",))
def schedule_group(given):
    """Schedules that belong together."""
    arn = client("scheduler").create_schedule_group(Name=given.name, Tags=tags_of(given))["ScheduleGroupArn"]
    return given.name, {"Arn": arn}


@resource("AWS::Scheduler::Schedule", "Name", ("Arn",))
def schedule(given):
    """A schedule; the host fires it."""
    names = (
        "Description",
        "EndDate",
        "FlexibleTimeWindow",
        "GroupName",
        "KmsKeyArn",
        "ScheduleExpression",
        "ScheduleExpressionTimezone",
        "StartDate",
        "State",
        "Target",
    )
    arn = client("scheduler").create_schedule(Name=given.name, **given.take_all(*names))["ScheduleArn"]
    return given.name, {"Arn": arn}


@resource("AWS::CloudWatch::Alarm", "AlarmName", ("Arn",))
def alarm(given):
    """An alarm; nothing rings here."""
    names = (
        "ActionsEnabled",
        "AlarmActions",
        "AlarmDescription",
        "ComparisonOperator",
        "DatapointsToAlarm",
        "Dimensions",
        "EvaluateLowSampleCountPercentile",
        "EvaluationPeriods",
        "ExtendedStatistic",
        "InsufficientDataActions",
        "MetricName",
        "Metrics",
        "Namespace",
        "OKActions",
        "Period",
        "Statistic",
        "Threshold",
        "ThresholdMetricId",
        "TreatMissingData",
        "Unit",
    )
    client("cloudwatch").put_metric_alarm(AlarmName=given.name, Tags=tags_of(given), **given.take_all(*names))
    return given.name, {"Arn": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{given.name}"}


@resource("AWS::CloudWatch::Dashboard", "DashboardName")
def dashboard(given):
    """A dashboard, whose body must be JSON."""
    body = given.take("DashboardBody")
    json.loads(body)
    client("cloudwatch").put_dashboard(DashboardName=given.name, DashboardBody=body)
    return given.name


@resource("AWS::SNS::Topic", "TopicName", ("TopicArn", "TopicName"))
def topic(given):
    """A topic."""
    sns = client("sns")
    attributes = given.take_all("DisplayName", "KmsMasterKeyId")
    arn = sns.create_topic(Name=given.name, Attributes=attributes, Tags=tags_of(given))["TopicArn"]
    for each in given.take("Subscription", []):
        sns.subscribe(TopicArn=arn, **each)
    return arn, {"TopicArn": arn, "TopicName": given.name}


@resource("AWS::SNS::Subscription", "", ("Arn",))
def subscription(given):
    """Somebody who is told."""
    made = client("sns").subscribe(ReturnSubscriptionArn=True, **given.take_all("Endpoint", "Protocol", "TopicArn"))
    return made["SubscriptionArn"], {"Arn": made["SubscriptionArn"]}


@resource("AWS::SNS::TopicPolicy")
def topic_policy(given):
    """Who may use topics."""
    policy = json.dumps(given.take("PolicyDocument"))
    for arn in given.take("Topics"):
        client("sns").set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy)
    return given.name


@resource("AWS::CloudWatch::CompositeAlarm", "AlarmName", ("Arn",))
def composite_alarm(given):
    """An alarm made of alarms."""
    names = ("ActionsEnabled", "AlarmActions", "AlarmDescription", "AlarmRule", "InsufficientDataActions", "OKActions")
    asked = given.take_all(*names)
    if "AlarmRule" not in asked:
        raise NotEmulated("a composite alarm without a rule is not emulated")
    client("cloudwatch").put_composite_alarm(AlarmName=given.name, Tags=tags_of(given), **asked)
    return given.name, {"Arn": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{given.name}"}
