"""S3, SQS, DynamoDB, Secrets Manager, KMS."""

import json

from engine import NotEmulated
from shim import REGION, client, resource, tag_map, tags_of


def _lifecycle(rule):
    """A rule of a bucket's lifecycle, from CloudFormation's words into the API's."""
    rule = dict(rule)
    made = {"ID": rule.pop("Id", "rule"), "Status": rule.pop("Status"), "Filter": {"Prefix": rule.pop("Prefix", "")}}
    renamed = {
        "ExpirationInDays": ("Expiration", "Days"),
        "ExpiredObjectDeleteMarker": ("Expiration", "ExpiredObjectDeleteMarker"),
        "NoncurrentVersionExpirationInDays": ("NoncurrentVersionExpiration", "NoncurrentDays"),
    }
    for key, (group, name) in renamed.items():
        if key in rule:
            made.setdefault(group, {})[name] = rule.pop(key)
    for key in ("NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload"):
        if key in rule:
            value = rule.pop(key)
            days = value.get("DaysAfterInitiation")
            made[key] = value if days is None else {"DaysAfterInitiation": days}
    if "Transitions" in rule:
        made["Transitions"] = [
            {"StorageClass": each["StorageClass"], "Days": each["TransitionInDays"]} for each in rule.pop("Transitions")
        ]
    if rule:
        raise NotEmulated(f"{', '.join(rule)} in a rule of a bucket's lifecycle is not emulated")
    return made


def _encryption_rule(rule):
    default = rule["ServerSideEncryptionByDefault"]
    made = {"ApplyServerSideEncryptionByDefault": default}
    if "BucketKeyEnabled" in rule:
        made["BucketKeyEnabled"] = rule["BucketKeyEnabled"]
    return made


def _notifications(configuration):
    """Only notifications to queues: a list of `{Event, Queue, Filter}` becomes one entry a queue with all of its events."""
    configuration = dict(configuration)
    queues = {}
    for each in configuration.pop("QueueConfigurations", []):
        if "Filter" in each:
            raise NotEmulated("a filter of a bucket's notification is not emulated")
        queues.setdefault(each["Queue"], []).append(each["Event"])
    if configuration:
        raise NotEmulated(f"{', '.join(configuration)} of a bucket is not emulated")
    return {"QueueConfigurations": [{"QueueArn": queue, "Events": events} for queue, events in queues.items()]}


@resource(
    "AWS::S3::Bucket",
    "BucketName",
    ("Arn", "DomainName", "RegionalDomainName", "WebsiteURL"),
)
def bucket(given):
    """A bucket with everything that the API can set on it."""
    s3, name = client("s3"), given.name
    ownership = given.take("OwnershipControls")
    asked = {"ObjectOwnership": ownership["Rules"][0]["ObjectOwnership"]} if ownership else {}
    if given.take("AccessControl") == "LogDeliveryWrite":
        asked["ACL"] = "log-delivery-write"
    s3.create_bucket(Bucket=name, **asked)
    encryption = given.take("BucketEncryption")
    if encryption:
        rules = [_encryption_rule(rule) for rule in encryption["ServerSideEncryptionConfiguration"]]
        s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": rules})
    public = given.take("PublicAccessBlockConfiguration")
    if public:
        s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=public)
    versioning = given.take("VersioningConfiguration")
    if versioning:
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration=versioning)
    lifecycle = given.take("LifecycleConfiguration")
    if lifecycle:
        rules = [_lifecycle(rule) for rule in lifecycle["Rules"]]
        s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": rules})
    logging = given.take("LoggingConfiguration")
    if logging:
        target = {"TargetBucket": logging["DestinationBucketName"], "TargetPrefix": logging.get("LogFilePrefix", "")}
        s3.put_bucket_logging(Bucket=name, BucketLoggingStatus={"LoggingEnabled": target})
    tags = tags_of(given)
    if tags:
        s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tags})
    notifications = given.take("NotificationConfiguration")
    if notifications:
        s3.put_bucket_notification_configuration(Bucket=name, NotificationConfiguration=_notifications(notifications))
    domain = f"{name}.s3.amazonaws.com"
    return name, {
        "Arn": f"arn:aws:s3:::{name}",
        "DomainName": domain,
        "RegionalDomainName": f"{name}.s3.{REGION}.amazonaws.com",
        "WebsiteURL": f"http://{name}.s3-website-{REGION}.amazonaws.com",
    }


@resource("AWS::S3::BucketPolicy")
def bucket_policy(given):
    """The policy of a bucket."""
    name = given.take("Bucket")
    client("s3").put_bucket_policy(Bucket=name, Policy=json.dumps(given.take("PolicyDocument")))
    return name


@resource("AWS::SQS::Queue", "QueueName", ("Arn", "QueueName", "QueueUrl"))
def queue(given):
    """A queue; its attributes have the same names in the API."""
    sqs = client("sqs")
    names = (
        "DelaySeconds",
        "KmsDataKeyReusePeriodSeconds",
        "KmsMasterKeyId",
        "MaximumMessageSize",
        "MessageRetentionPeriod",
        "ReceiveMessageWaitTimeSeconds",
        "RedriveAllowPolicy",
        "RedrivePolicy",
        "SqsManagedSseEnabled",
        "VisibilityTimeout",
    )
    attributes = {
        name: json.dumps(value) if isinstance(value, dict) else str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in given.take_all(*names).items()
    }
    url = sqs.create_queue(QueueName=given.name, Attributes=attributes, tags=tag_map(given))["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return url, {"Arn": arn, "QueueName": given.name, "QueueUrl": url}


@resource("AWS::SQS::QueuePolicy")
def queue_policy(given):
    """The policy of queues."""
    policy = json.dumps(given.take("PolicyDocument"))
    for url in given.take("Queues"):
        client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    return given.name


@resource("AWS::DynamoDB::GlobalTable", "TableName", ("Arn", "TableId", "StreamArn"))
def table(given):
    """A table of one region, made as CDK's TableV2 asks for it."""
    dynamodb, name = client("dynamodb"), given.name
    replicas = given.take("Replicas")
    if len(replicas) != 1 or replicas[0]["Region"] != REGION:
        raise NotEmulated("a table of several regions is not emulated")
    replica = {key: value for key, value in replicas[0].items() if key != "Region"}
    asked = given.take_all("AttributeDefinitions", "KeySchema", "BillingMode", "GlobalSecondaryIndexes", "LocalSecondaryIndexes")
    encryption = given.take("SSESpecification")
    if encryption:
        key = replica.pop("SSESpecification", {})
        asked["SSESpecification"] = {
            "Enabled": encryption["SSEEnabled"],
            "SSEType": encryption.get("SSEType", "KMS"),
            **key,
        }
    if "DeletionProtectionEnabled" in replica:
        asked["DeletionProtectionEnabled"] = replica.pop("DeletionProtectionEnabled")
    asked["Tags"] = replica.pop("Tags", [])
    recovery = replica.pop("PointInTimeRecoverySpecification", None)
    if replica:
        raise NotEmulated(f"{', '.join(replica)} of a table's replica is not emulated")
    made = dynamodb.create_table(TableName=name, **asked)["TableDescription"]
    if recovery:
        dynamodb.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=recovery)
    life = given.take("TimeToLiveSpecification")
    if life:
        dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=life)
    return name, {"Arn": made["TableArn"], "TableId": made.get("TableId", name)}


@resource("AWS::SecretsManager::Secret", "Name", ("Id",))
def secret(given):
    """A secret with the text given or a drawn one."""
    manager = client("secretsmanager")
    asked = given.take_all("Description", "KmsKeyId", "SecretString")
    drawn = given.take("GenerateSecretString")
    if drawn is not None:
        drawn = dict(drawn)
        template, key = drawn.pop("SecretStringTemplate", None), drawn.pop("GenerateStringKey", None)
        password = manager.get_random_password(**drawn)["RandomPassword"]
        asked["SecretString"] = password if template is None else json.dumps({**json.loads(template), key: password})
    arn = manager.create_secret(Name=given.name, Tags=tags_of(given), **asked)["ARN"]
    return arn, {"Id": arn}


@resource("AWS::SecretsManager::ResourcePolicy")
def secret_policy(given):
    """The policy of a secret."""
    arn = given.take("SecretId")
    client("secretsmanager").put_resource_policy(
        SecretId=arn, ResourcePolicy=json.dumps(given.take("ResourcePolicy")), **given.take_all("BlockPublicPolicy")
    )
    return arn


@resource("AWS::KMS::Key", "", ("Arn", "KeyId"))
def key(given):
    """A key of the customer."""
    kms = client("kms")
    asked = given.take_all("Description", "KeySpec", "KeyUsage", "MultiRegion")
    tags = [{"TagKey": tag["Key"], "TagValue": tag["Value"]} for tag in tags_of(given)]
    made = kms.create_key(Policy=json.dumps(given.take("KeyPolicy")), Tags=tags, **asked)["KeyMetadata"]
    if given.take("EnableKeyRotation", False):
        kms.enable_key_rotation(KeyId=made["KeyId"], **given.take_all("RotationPeriodInDays"))
    # How long a key that is deleted can be had back: nothing is deleted here.
    given.ignore("PendingWindowInDays")
    return made["KeyId"], {"Arn": made["Arn"], "KeyId": made["KeyId"]}


@resource("AWS::KMS::Alias", "AliasName")
def alias(given):
    """A key's other name."""
    client("kms").create_alias(AliasName=given.name, TargetKeyId=given.take("TargetKeyId"))
    return given.name
