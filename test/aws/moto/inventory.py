"""What is there after a deployment, asked of the services one by one, not of the template."""

import json

import compute
from moto.awslambda.models import lambda_backends
from moto.cloudformation.models import cloudformation_backends
from shim import ACCOUNT, REGION, client


def _pages(service, operation, key, **asked):
    made = client(service)
    if made.can_paginate(operation):
        return [item for page in made.get_paginator(operation).paginate(**asked) for item in page.get(key, [])]
    return getattr(made, operation)(**asked).get(key, [])


def _document(value):
    return json.loads(value) if isinstance(value, str) else value


def _role(name):
    iam = client("iam")
    made = iam.get_role(RoleName=name)["Role"]
    inline = iam.list_role_policies(RoleName=name)["PolicyNames"]
    documents = [_document(iam.get_role_policy(RoleName=name, PolicyName=each)["PolicyDocument"]) for each in inline]
    for attached in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        version = iam.get_policy(PolicyArn=attached["PolicyArn"])["Policy"]["DefaultVersionId"]
        found = iam.get_policy_version(PolicyArn=attached["PolicyArn"], VersionId=version)["PolicyVersion"]["Document"]
        documents.append(_document(found))
    return {"name": name, "arn": made["Arn"], "trust": _document(made["AssumeRolePolicyDocument"]), "policies": documents}


def function(name):
    """One function with its code, its limits and who may call it."""
    functions = client("lambda")
    configuration = functions.get_function_configuration(FunctionName=name)
    configuration.pop("ResponseMetadata")
    code = lambda_backends[ACCOUNT][REGION].get_function(name).code
    try:
        invoke = functions.get_function_event_invoke_config(FunctionName=name)
    except functions.exceptions.ResourceNotFoundException:
        invoke = {}
    reserved = functions.get_function_concurrency(FunctionName=name).get("ReservedConcurrentExecutions")
    try:
        policy = json.loads(functions.get_policy(FunctionName=name)["Policy"])
    except functions.exceptions.ResourceNotFoundException:
        policy = {"Statement": []}
    asynchronous = {key: invoke[key] for key in ("MaximumEventAgeInSeconds", "MaximumRetryAttempts", "DestinationConfig") if key in invoke}
    return {
        "configuration": configuration,
        "logGroup": compute.LOG_GROUPS.get(name),
        "code": {"bucket": code["S3Bucket"], "key": code["S3Key"]},
        "asynchronous": asynchronous,
        "reserved": None if reserved is None else int(reserved),
        "policy": policy,
    }


def _queue(url):
    attributes = client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return {"url": url, "attributes": attributes}


def _bucket(name):
    s3 = client("s3")
    notification = s3.get_bucket_notification_configuration(Bucket=name)
    notification.pop("ResponseMetadata")
    try:
        policy = json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])
    except s3.exceptions.ClientError:
        policy = {"Statement": []}
    try:
        encryption = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
    except s3.exceptions.ClientError:
        encryption = []
    return {"name": name, "notification": notification, "policy": policy, "encryption": encryption}


def _apis():
    made = client("apigatewayv2")
    found = []
    for api in made.get_apis()["Items"]:
        about = {"ApiId": api["ApiId"]}
        found.append(
            {
                "id": api["ApiId"],
                "stages": made.get_stages(**about)["Items"],
                "routes": made.get_routes(**about)["Items"],
                "integrations": made.get_integrations(**about)["Items"],
            }
        )
    return found


def _schedules():
    scheduler = client("scheduler")
    found = []
    for each in _pages("scheduler", "list_schedules", "Schedules"):
        schedule = scheduler.get_schedule(Name=each["Name"], GroupName=each["GroupName"])
        schedule.pop("ResponseMetadata")
        found.append(schedule)
    return found


def _keys():
    kms = client("kms")
    return [
        {"id": each["KeyId"], "arn": each["KeyArn"], "policy": json.loads(kms.get_key_policy(KeyId=each["KeyId"], PolicyName="default")["Policy"])}
        for each in _pages("kms", "list_keys", "Keys")
    ]


def _cluster(cluster):
    names = ("DBClusterIdentifier", "DBClusterArn", "DbClusterResourceId", "IAMDatabaseAuthenticationEnabled", "HttpEndpointEnabled", "MasterUsername")
    return {**{name: cluster.get(name) for name in names}, "MasterSecretArn": cluster.get("MasterUserSecret", {}).get("SecretArn")}


def clusters():
    """The clusters with their names and the secret of their master."""
    return [_cluster(each) for each in _pages("rds", "describe_db_clusters", "DBClusters")]


def read(stack_name):
    """Everything the host works with, and the resources of the stack as CloudFormation lists them."""
    stacks = cloudformation_backends[ACCOUNT][REGION].stacks.values()
    template = next(stack.template_dict for stack in stacks if stack.name == stack_name)
    listed = _pages("cloudformation", "list_stack_resources", "StackResourceSummaries", StackName=stack_name)
    return {
        "template_types": {name: each["Type"] for name, each in template["Resources"].items()},
        "resources": [
            {"logical": each["LogicalResourceId"], "physical": each["PhysicalResourceId"], "type": each["ResourceType"], "status": each["ResourceStatus"]}
            for each in listed
        ],
        "functions": [function(each["FunctionName"]) for each in _pages("lambda", "list_functions", "Functions")],
        "mappings": _pages("lambda", "list_event_source_mappings", "EventSourceMappings"),
        "roles": [_role(each["RoleName"]) for each in _pages("iam", "list_roles", "Roles")],
        "queues": [_queue(url) for url in _pages("sqs", "list_queues", "QueueUrls")],
        "buckets": [_bucket(each["Name"]) for each in client("s3").list_buckets()["Buckets"]],
        "tables": [client("dynamodb").describe_table(TableName=name)["Table"] for name in _pages("dynamodb", "list_tables", "TableNames")],
        "secrets": _pages("secretsmanager", "list_secrets", "SecretList"),
        "apis": _apis(),
        "schedules": _schedules(),
        "schedule_groups": [each["Name"] for each in _pages("scheduler", "list_schedule_groups", "ScheduleGroups")],
        "keys": _keys(),
        "aliases": _pages("kms", "list_aliases", "Aliases"),
        "log_groups": _pages("logs", "describe_log_groups", "logGroups"),
        "metric_filters": _pages("logs", "describe_metric_filters", "metricFilters"),
        "alarms": _pages("cloudwatch", "describe_alarms", "MetricAlarms"),
        "dashboards": [each["DashboardName"] for each in _pages("cloudwatch", "list_dashboards", "DashboardEntries")],
        "topics": [each["TopicArn"] for each in _pages("sns", "list_topics", "Topics")],
        "clusters": clusters(),
        "instances": [each["DBInstanceIdentifier"] for each in _pages("rds", "describe_db_instances", "DBInstances")],
        "endpoints": _pages("ec2", "describe_vpc_endpoints", "VpcEndpoints"),
        "network": {
            "AWS::EC2::VPC": [each["VpcId"] for each in _pages("ec2", "describe_vpcs", "Vpcs")],
            "AWS::EC2::Subnet": [each["SubnetId"] for each in _pages("ec2", "describe_subnets", "Subnets")],
            "AWS::EC2::SecurityGroup": [each["GroupId"] for each in _pages("ec2", "describe_security_groups", "SecurityGroups")],
            "AWS::EC2::RouteTable": [each["RouteTableId"] for each in _pages("ec2", "describe_route_tables", "RouteTables")],
            "AWS::EC2::FlowLog": [each["FlowLogId"] for each in _pages("ec2", "describe_flow_logs", "FlowLogs")],
        },
    }
