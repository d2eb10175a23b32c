"""How a resource type is made through the service's own API.

A shim takes each property it understands; one that is left over fails the stack, so nothing of a template is passed over in silence.
botocore checks every name and type of what it sends on.
"""

import os

import boto3
from botocore.config import Config
from engine import NotEmulated
from moto.core.common_models import CloudFormationModel

REGION = "us-east-1"
ACCOUNT = "123456789012"


def client(service):
    """A client of this very server."""
    return boto3.client(
        service,
        endpoint_url=f"http://localhost:{os.environ['MOTO_PORT']}",
        region_name=REGION,
        aws_access_key_id="cloudformation",
        aws_secret_access_key="cloudformation",
        config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}, read_timeout=900),
    )


class Given:
    """The properties of one resource, of which every one must be taken."""

    def __init__(self, resource_type, logical_id, stack_id, name, properties):
        self.type, self.logical_id, self.stack_id, self.name = resource_type, logical_id, stack_id, name
        self._left = dict(properties)

    def __contains__(self, key):
        return key in self._left

    def take(self, key, default=None):
        """One property, or the default."""
        return self._left.pop(key, default)

    def take_all(self, *keys):
        """Those of these properties that are there, under their own names."""
        return {key: self._left.pop(key) for key in keys if key in self._left}

    def ignore(self, *keys):
        """Drops properties that change nothing of what is run here; docs/emulated-cloud.md names them."""
        for key in keys:
            self._left.pop(key, None)

    def check_all_taken(self):
        """Raises for properties nobody took."""
        if self._left:
            raise NotEmulated(f"property {', '.join(sorted(self._left))} of {self.type} is not emulated")


def tags_of(given):
    """The tags as `[{Key, Value}]`; a type that keeps them as an object is given the same."""
    tags = given.take("Tags", [])
    return [{"Key": key, "Value": value} for key, value in tags.items()] if isinstance(tags, dict) else tags


def tag_map(given):
    """The tags as an object."""
    return {tag["Key"]: tag["Value"] for tag in tags_of(given)}


def resource(resource_type, name_property="", attributes=()):
    """
    Registers `make(given) -> physical id, or (physical id, {attribute: value})` for a type. The physical id is what `Ref` gives.
    """

    def register(make):
        def create(cls, resource_name, cloudformation_json, _account_id, _region_name, **kwargs):
            properties = dict(cloudformation_json.get("Properties", {}))
            given = Given(resource_type, kwargs["LogicalId"], kwargs["StackId"], resource_name, properties)
            if name_property:
                given.take(name_property)
            made = make(given)
            given.check_all_taken()
            physical_id, values = made if isinstance(made, tuple) else (made, {})
            return cls(physical_id, values)

        members = {
            "faxsync_made": True,
            "__init__": _keep,
            "physical_resource_id": property(lambda self: self.faxsync_id),
            "cloudformation_name_type": staticmethod(lambda: name_property),
            "cloudformation_type": staticmethod(lambda: resource_type),
            "has_cfn_attr": classmethod(lambda cls, attribute: attribute in attributes),
            "create_from_cloudformation_json": classmethod(create),
            "get_cfn_attribute": _attribute,
            "is_created": lambda self: True,
        }
        # moto finds a type's class among the direct subclasses of this one; a later one takes the place of its own.
        type(resource_type.replace(":", ""), (CloudFormationModel,), members)
        return make

    return register


def _keep(self, physical_id, values):
    self.faxsync_id, self.faxsync_values = physical_id, values


def _attribute(self, attribute):
    if attribute not in self.faxsync_values:
        raise NotEmulated(f"attribute {attribute} is not emulated")
    return self.faxsync_values[attribute]


_NATIVE = {}


def native(resource_type, *properties):
    """Lets moto's own class make a type, from these properties: those it reads, and those that do not matter here."""
    _NATIVE[resource_type] = frozenset(properties)


def check(resource_class, resource_type, properties):
    """Raises for a class of moto's own that was not named here, and for properties it would pass over."""
    if hasattr(resource_class, "faxsync_made"):
        return
    if resource_type not in _NATIVE:
        raise NotEmulated(f"resources of type {resource_type} are not emulated")
    unknown = set(properties) - _NATIVE[resource_type]
    if unknown:
        raise NotEmulated(f"property {', '.join(sorted(unknown))} of {resource_type} is not emulated")
