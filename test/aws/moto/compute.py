"""IAM, Lambda, CloudWatch Logs."""

import json

from botocore.exceptions import ClientError
from moto.sqs.models import sqs_backends
from shim import ACCOUNT, REGION, client, resource, tag_map, tags_of

# moto does not keep where a function logs.
LOG_GROUPS = {}


@resource("AWS::IAM::Role", "RoleName", ("Arn", "RoleId"))
def role(given):
    """A role with its inline and its attached policies."""
    iam, name = client("iam"), given.name
    asked = given.take_all("Description", "MaxSessionDuration", "Path", "PermissionsBoundary")
    trust = json.dumps(given.take("AssumeRolePolicyDocument"))
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust, Tags=tags_of(given), **asked)["Role"]
    for policy in given.take("Policies", []):
        document = json.dumps(policy["PolicyDocument"])
        iam.put_role_policy(RoleName=name, PolicyName=policy["PolicyName"], PolicyDocument=document)
    for arn in given.take("ManagedPolicyArns", []):
        iam.attach_role_policy(RoleName=name, PolicyArn=arn)
    return name, {"Arn": made["Arn"], "RoleId": made["RoleId"]}


@resource("AWS::IAM::Policy", "PolicyName")
def inline_policy(given):
    """A policy inside of roles."""
    document = json.dumps(given.take("PolicyDocument"))
    for name in given.take("Roles"):
        client("iam").put_role_policy(RoleName=name, PolicyName=given.name, PolicyDocument=document)
    return given.name


@resource("AWS::IAM::ManagedPolicy", "ManagedPolicyName", ("PolicyArn",))
def managed_policy(given):
    """A policy of its own, attached to roles."""
    iam = client("iam")
    document = json.dumps(given.take("PolicyDocument"))
    asked = given.take_all("Description", "Path")
    arn = iam.create_policy(PolicyName=given.name, PolicyDocument=document, **asked)["Policy"]["Arn"]
    for name in given.take("Roles", []):
        iam.attach_role_policy(RoleName=name, PolicyArn=arn)
    return arn, {"PolicyArn": arn}


@resource("AWS::Lambda::Function", "FunctionName", ("Arn",))
def function(given):
    """A function; its code comes from the bucket of assets."""
    names = (
        "Architectures",
        "Code",
        "DeadLetterConfig",
        "Description",
        "Environment",
        "EphemeralStorage",
        "Handler",
        "KmsKeyArn",
        "LoggingConfig",
        "MemorySize",
        "Role",
        "Runtime",
        "Timeout",
        "TracingConfig",
    )
    asked = given.take_all(*names)
    if "KmsKeyArn" in asked:
        asked["KMSKeyArn"] = asked.pop("KmsKeyArn")
    # Dual-stack is one more property in the API than moto knows; its default is what is meant.
    vpc = given.take("VpcConfig")
    if vpc:
        asked["VpcConfig"] = vpc
    LOG_GROUPS[given.name] = asked.get("LoggingConfig", {}).get("LogGroup")
    functions = client("lambda")
    made = functions.create_function(FunctionName=given.name, Tags=tag_map(given), **asked)
    reserved = given.take("ReservedConcurrentExecutions")
    if reserved is not None:
        functions.put_function_concurrency(FunctionName=given.name, ReservedConcurrentExecutions=reserved)
    # Without it a broken function is started again and again; the host never does.
    given.ignore("RecursiveLoop")
    return given.name, {"Arn": made["FunctionArn"]}


@resource("AWS::Lambda::Version", "", ("Version", "FunctionArn"))
def version(given):
    """A numbered version of a function."""
    asked = given.take_all("CodeSha256", "Description")
    made = client("lambda").publish_version(FunctionName=given.take("FunctionName"), **asked)
    return made["FunctionArn"], {"Version": made["Version"], "FunctionArn": made["FunctionArn"]}


@resource("AWS::Lambda::Permission")
def permission(given):
    """Lets a service call a function."""
    asked = given.take_all("Action", "FunctionName", "Principal", "SourceAccount", "SourceArn")
    client("lambda").add_permission(StatementId=given.name, **asked)
    return given.name


@resource("AWS::Lambda::EventSourceMapping", "", ("Id", "EventSourceMappingArn"))
def event_source_mapping(given):
    """
    A queue that starts a function. The host polls it: moto would take the messages itself and run the function in Docker, so the queue is
    made to forget the mapping.
    """
    names = (
        "BatchSize",
        "Enabled",
        "EventSourceArn",
        "FunctionName",
        "FunctionResponseTypes",
        "MaximumBatchingWindowInSeconds",
        "MetricsConfig",
        "ScalingConfig",
    )
    made = client("lambda").create_event_source_mapping(Tags=tag_map(given), **given.take_all(*names))
    for each in sqs_backends[ACCOUNT][REGION].queues.values():
        each.lambda_event_source_mappings.clear()
    return made["UUID"], {"Id": made["UUID"], "EventSourceMappingArn": made["EventSourceMappingArn"]}


@resource("AWS::Lambda::EventInvokeConfig")
def event_invoke_config(given):
    """How asynchronous invocations are repeated, and where they go when they fail."""
    name = given.take("FunctionName")
    # moto keeps one a function, whatever its version.
    given.take("Qualifier")
    asked = given.take_all("DestinationConfig", "MaximumEventAgeInSeconds", "MaximumRetryAttempts")
    client("lambda").put_function_event_invoke_config(FunctionName=name, **asked)
    return given.name


@resource("AWS::Logs::LogGroup", "LogGroupName", ("Arn",))
def log_group(given):
    """A group of logs."""
    logs, name = client("logs"), given.name
    asked = {"kmsKeyId": given.take("KmsKeyId")} if "KmsKeyId" in given else {}
    kind = given.take("LogGroupClass")
    if kind:
        asked["logGroupClass"] = kind
    try:
        logs.create_log_group(logGroupName=name, tags=tag_map(given), **asked)
    except ClientError as error:
        # moto makes the group of a function when it makes the function.
        if error.response["Error"]["Code"] != "ResourceAlreadyExistsException":
            raise
    days = given.take("RetentionInDays")
    if days is not None:
        logs.put_retention_policy(logGroupName=name, retentionInDays=days)
    # What it masks is masked when somebody reads the logs; the functions' lines are read here as they are written.
    given.ignore("DataProtectionPolicy", "FieldIndexPolicies")
    return name, {"Arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{name}:*"}


@resource("AWS::Logs::MetricFilter", "FilterName")
def metric_filter(given):
    """Turns lines of a log into a metric."""
    transformations = []
    for each in given.take("MetricTransformations"):
        known = {
            "MetricName": "metricName",
            "MetricNamespace": "metricNamespace",
            "MetricValue": "metricValue",
            "DefaultValue": "defaultValue",
            "Unit": "unit",
        }
        transformations.append({known[name]: value for name, value in each.items()})
    client("logs").put_metric_filter(
        logGroupName=given.take("LogGroupName"),
        filterName=given.name,
        filterPattern=given.take("FilterPattern"),
        metricTransformations=transformations,
    )
    return given.name


@resource("AWS::Logs::ResourcePolicy", "PolicyName")
def log_policy(given):
    """Lets a service write logs."""
    document = given.take("PolicyDocument")
    client("logs").put_resource_policy(policyName=given.name, policyDocument=document)
    return given.name
