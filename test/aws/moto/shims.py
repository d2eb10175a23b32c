"""All resource types that can be made; a type that is in none of these files fails the stack."""

import compute  # noqa: F401
import edge  # noqa: F401
import engine
import network  # noqa: F401
import shim
import storage  # noqa: F401
import triggers  # noqa: F401
from moto.cloudformation import parsing

# What `cdk bootstrap` makes beside buckets, roles and policies.
shim.native("AWS::ECR::Repository", "ImageScanningConfiguration", "ImageTagMutability", "LifecyclePolicy", "RepositoryName", "RepositoryPolicyText")
shim.native("AWS::SSM::Parameter", "Description", "Name", "Type", "Value")


def _class_of(resource_type):
    return parsing.get_model_map().get(resource_type)


def _name_property(resource_type):
    found = _class_of(resource_type)
    return None if found is None else found.cloudformation_name_type()


def install():
    """Lets the engine find them before any class of moto's own."""
    for cached in (parsing.get_model_list, parsing.get_model_map, parsing.get_name_type_map):
        cached.cache_clear()
    parsing.resource_class_from_type = _class_of
    parsing.resource_name_property_from_type = _name_property
    engine.check = shim.check
