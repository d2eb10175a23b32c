"""The VPC with its endpoints and groups, and RDS."""

import json
import os

from engine import NotEmulated
from shim import client, resource, tags_of


def _tags(given, resource_type):
    tags = tags_of(given)
    return {"TagSpecifications": [{"ResourceType": resource_type, "Tags": tags}]} if tags else {}


@resource("AWS::EC2::VPC", "", ("VpcId", "DefaultSecurityGroup", "CidrBlock", "DefaultNetworkAcl"))
def vpc(given):
    """A network of its own."""
    ec2 = client("ec2")
    made = ec2.create_vpc(**given.take_all("CidrBlock", "InstanceTenancy"), **_tags(given, "vpc"))["Vpc"]
    vpc_id = made["VpcId"]
    for name in ("EnableDnsHostnames", "EnableDnsSupport"):
        value = given.take(name)
        if value is not None:
            ec2.modify_vpc_attribute(VpcId=vpc_id, **{name: {"Value": value}})
    default = ec2.describe_security_groups(
        Filters=[{"Name": "vpc-id", "Values": [vpc_id]}, {"Name": "group-name", "Values": ["default"]}]
    )["SecurityGroups"][0]["GroupId"]
    return vpc_id, {"VpcId": vpc_id, "DefaultSecurityGroup": default, "CidrBlock": made["CidrBlock"]}


@resource("AWS::EC2::Subnet", "", ("SubnetId", "AvailabilityZone", "CidrBlock"))
def subnet(given):
    """A part of the network, in one zone."""
    ec2 = client("ec2")
    asked = given.take_all("AvailabilityZone", "CidrBlock", "VpcId")
    made = ec2.create_subnet(**asked, **_tags(given, "subnet"))["Subnet"]
    public = given.take("MapPublicIpOnLaunch")
    if public is not None:
        ec2.modify_subnet_attribute(SubnetId=made["SubnetId"], MapPublicIpOnLaunch={"Value": public})
    values = {name: made[name] for name in ("SubnetId", "AvailabilityZone", "CidrBlock")}
    return made["SubnetId"], values


@resource("AWS::EC2::RouteTable", "", ("RouteTableId",))
def route_table(given):
    """Where the packets of a subnet go."""
    made = client("ec2").create_route_table(VpcId=given.take("VpcId"), **_tags(given, "route-table"))["RouteTable"]
    return made["RouteTableId"], {"RouteTableId": made["RouteTableId"]}


@resource("AWS::EC2::SubnetRouteTableAssociation")
def route_table_association(given):
    """Gives a subnet its table of routes."""
    return client("ec2").associate_route_table(**given.take_all("RouteTableId", "SubnetId"))["AssociationId"]


@resource("AWS::EC2::VPCEndpoint", "", ("Id",))
def endpoint(given):
    """A way to a service that does not lead through the internet."""
    names = ("RouteTableIds", "ServiceName", "SubnetIds", "SecurityGroupIds", "VpcEndpointType", "VpcId", "PrivateDnsEnabled")
    asked = given.take_all(*names)
    policy = given.take("PolicyDocument")
    if policy is not None:
        asked["PolicyDocument"] = json.dumps(policy)
    made = client("ec2").create_vpc_endpoint(**asked, **_tags(given, "vpc-endpoint"))["VpcEndpoint"]
    return made["VpcEndpointId"], {"Id": made["VpcEndpointId"]}


def _rule(rule):
    """One rule of a security group as the API writes it; protocol -1 is every one."""
    rule = dict(rule)
    made = {"IpProtocol": rule.pop("IpProtocol")}
    made.update({name: rule.pop(name) for name in ("FromPort", "ToPort") if name in rule})
    about = {"Description": rule.pop("Description")} if "Description" in rule else {}
    if "CidrIp" in rule:
        made["IpRanges"] = [{"CidrIp": rule.pop("CidrIp"), **about}]
    for name in ("SourceSecurityGroupId", "DestinationSecurityGroupId"):
        if name in rule:
            made["UserIdGroupPairs"] = [{"GroupId": rule.pop(name), **about}]
    for name in ("DestinationPrefixListId", "SourcePrefixListId"):
        if name in rule:
            made["PrefixListIds"] = [{"PrefixListId": rule.pop(name), **about}]
    if rule:
        raise NotEmulated(f"{', '.join(rule)} in a rule of a security group is not emulated")
    return made


def _open(ec2, group_id, ingress, egress):
    if ingress:
        ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[_rule(rule) for rule in ingress])
    if egress:
        ec2.authorize_security_group_egress(GroupId=group_id, IpPermissions=[_rule(rule) for rule in egress])


@resource("AWS::EC2::SecurityGroup", "GroupName", ("GroupId", "Id", "VpcId"))
def security_group(given):
    """A group with its rules; where it names rules for what leaves, the one that lets everything out goes."""
    ec2 = client("ec2")
    asked = {"Description": given.take("GroupDescription"), "VpcId": given.take("VpcId")}
    group_id = ec2.create_security_group(GroupName=given.name, **asked, **_tags(given, "security-group"))["GroupId"]
    egress = given.take("SecurityGroupEgress")
    if egress is not None:
        everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
        ec2.revoke_security_group_egress(GroupId=group_id, IpPermissions=everything)
    _open(ec2, group_id, given.take("SecurityGroupIngress", []), egress or [])
    return group_id, {"GroupId": group_id, "Id": group_id, "VpcId": asked["VpcId"]}


@resource("AWS::EC2::SecurityGroupIngress", "", ("Id",))
def ingress_rule(given):
    """A rule of its own for what comes in."""
    names = ("CidrIp", "Description", "FromPort", "IpProtocol", "SourcePrefixListId", "SourceSecurityGroupId", "ToPort")
    _open(client("ec2"), given.take("GroupId"), [given.take_all(*names)], [])
    return given.name, {"Id": given.name}


@resource("AWS::EC2::SecurityGroupEgress", "", ("Id",))
def egress_rule(given):
    """A rule of its own for what leaves."""
    names = ("CidrIp", "Description", "FromPort", "IpProtocol", "DestinationPrefixListId", "DestinationSecurityGroupId", "ToPort")
    _open(client("ec2"), given.take("GroupId"), [], [given.take_all(*names)])
    return given.name, {"Id": given.name}


@resource("AWS::EC2::FlowLog", "", ("Id",))
def flow_log(given):
    """The log of a network's connections; nothing writes it here."""
    asked = given.take_all(
        "DeliverLogsPermissionArn",
        "LogDestination",
        "LogDestinationType",
        "LogFormat",
        "LogGroupName",
        "MaxAggregationInterval",
        "ResourceType",
        "TrafficType",
    )
    made = client("ec2").create_flow_logs(ResourceIds=[given.take("ResourceId")], **asked, **_tags(given, "vpc-flow-log"))
    if made.get("Unsuccessful"):
        raise NotEmulated(made["Unsuccessful"][0]["Error"]["Message"])
    return made["FlowLogIds"][0], {"Id": made["FlowLogIds"][0]}


@resource("AWS::RDS::DBSubnetGroup", "DBSubnetGroupName")
def subnet_group(given):
    """The subnets a database may be in; its name is kept in lower case."""
    name = given.name.lower()
    asked = given.take_all("DBSubnetGroupDescription", "SubnetIds")
    client("rds").create_db_subnet_group(DBSubnetGroupName=name, Tags=tags_of(given), **asked)
    return name


@resource("AWS::RDS::DBClusterParameterGroup", "DBClusterParameterGroupName", ("DBClusterParameterGroupName",))
def cluster_parameters(given):
    """The settings of a cluster; the Postgres behind it keeps its own."""
    name = given.name.lower()
    client("rds").create_db_cluster_parameter_group(
        DBClusterParameterGroupName=name,
        DBParameterGroupFamily=given.take("Family"),
        Description=given.take("Description"),
        Tags=tags_of(given),
    )
    given.take("Parameters")
    return name, {"DBClusterParameterGroupName": name}


@resource("AWS::RDS::DBParameterGroup", "DBParameterGroupName", ("DBParameterGroupName",))
def instance_parameters(given):
    """The settings of an instance; the Postgres behind it keeps its own."""
    name = given.name.lower()
    client("rds").create_db_parameter_group(
        DBParameterGroupName=name,
        DBParameterGroupFamily=given.take("Family"),
        Description=given.take("Description"),
        Tags=tags_of(given),
    )
    given.take("Parameters")
    return name, {"DBParameterGroupName": name}


_CLUSTER = ("DBClusterArn", "DBClusterResourceId", "Endpoint.Address", "Endpoint.Port", "MasterUserSecret.SecretArn", "ReadEndpoint.Address")


@resource("AWS::RDS::DBCluster", "DBClusterIdentifier", _CLUSTER)
def cluster(given):
    """
    A cluster, whose endpoint is the gateway before the real Postgres. Names differ from the API's in a few letters.
    """
    rds, name = client("rds"), given.name.lower()
    names = (
        "BackupRetentionPeriod",
        "CopyTagsToSnapshot",
        "DatabaseName",
        "DBClusterParameterGroupName",
        "DBSubnetGroupName",
        "DeletionProtection",
        "EnableCloudwatchLogsExports",
        "EnableHttpEndpoint",
        "EnableIAMDatabaseAuthentication",
        "Engine",
        "EngineMode",
        "EngineVersion",
        "KmsKeyId",
        "MasterUsername",
        "MasterUserPassword",
        "MonitoringInterval",
        "MonitoringRoleArn",
        "NetworkType",
        "PreferredBackupWindow",
        "PreferredMaintenanceWindow",
        "ServerlessV2ScalingConfiguration",
        "StorageEncrypted",
        "StorageType",
        "VpcSecurityGroupIds",
    )
    asked = given.take_all(*names)
    managed = given.take("ManageMasterUserPassword")
    if managed is not None:
        asked["ManageMasterUserPassword"] = managed
    secret = given.take("MasterUserSecret", {})
    if "KmsKeyId" in secret:
        asked["MasterUserSecretKmsKeyId"] = secret["KmsKeyId"]
    port = given.take("Port")
    host, gateway_port = os.environ["FAXSYNC_DATABASE_ENDPOINT"].split(":")
    if port is not None:
        asked["Port"] = int(port)
    # Nothing is measured and nothing is restarted here.
    given.ignore("PerformanceInsightsEnabled", "PerformanceInsightsKmsKeyId", "PerformanceInsightsRetentionPeriod")
    given.ignore("AutoMinorVersionUpgrade", "DatabaseInsightsMode")
    made = rds.create_db_cluster(DBClusterIdentifier=name, Tags=tags_of(given), **asked)["DBCluster"]
    values = {
        "DBClusterArn": made["DBClusterArn"],
        "DBClusterResourceId": made["DbClusterResourceId"],
        "Endpoint.Address": host,
        "Endpoint.Port": gateway_port,
        "ReadEndpoint.Address": host,
    }
    if "MasterUserSecret" in made:
        values["MasterUserSecret.SecretArn"] = made["MasterUserSecret"]["SecretArn"]
    return name, values


@resource("AWS::RDS::DBInstance", "DBInstanceIdentifier", ("DBInstanceArn", "Endpoint.Address", "Endpoint.Port"))
def instance(given):
    """One instance of a cluster."""
    rds, name = client("rds"), given.name.lower()
    names = (
        "AutoMinorVersionUpgrade",
        "AvailabilityZone",
        "CACertificateIdentifier",
        "DBClusterIdentifier",
        "DBInstanceClass",
        "DBParameterGroupName",
        "DBSubnetGroupName",
        "Engine",
        "MonitoringInterval",
        "MonitoringRoleArn",
        "PromotionTier",
        "PubliclyAccessible",
    )
    asked = given.take_all(*names)
    # As above; and CloudFormation's own rule for deletion, where nothing is deleted.
    given.ignore("EnablePerformanceInsights", "PerformanceInsightsKMSKeyId", "PerformanceInsightsRetentionPeriod")
    given.ignore("DeleteAutomatedBackups", "CopyTagsToSnapshot")
    made = rds.create_db_instance(DBInstanceIdentifier=name, Tags=tags_of(given), **asked)["DBInstance"]
    host, port = os.environ["FAXSYNC_DATABASE_ENDPOINT"].split(":")
    return name, {"DBInstanceArn": made["DBInstanceArn"], "Endpoint.Address": host, "Endpoint.Port": port}
