"""CloudFormation's engine, where moto's own would hide a mistake.

moto makes resources when something looks at them, in no set order, passes over types it does not know, and answers 500 (which every
client repeats) when one fails. Here a stack is made once, in the background, in the order of its dependencies, each resource fully or
not at all; a failure ends the stack with its reason, as the real service does. Updates of a stack are not emulated.
"""

import json
import re
import threading
import traceback

from moto.cloudformation import models, parsing
from moto.ec2 import models as ec2_models
from moto.ec2.models.core import TaggedEC2Resource

_PLACEHOLDER = re.compile(r"\$\{([^!}][^}]*)\}")
_MADE = {"CREATE_COMPLETE"}


def check(_resource_class, _resource_type, _properties):
    """Replaced by the shims' own: raises for what would not be made fully."""


class NotEmulated(Exception):
    """The template asks for something that is not emulated: nothing may be left out without a word."""


def references(value):
    """Logical ids that a part of a template names by Ref, Fn::GetAtt or Fn::Sub."""
    if isinstance(value, list):
        return {name for item in value for name in references(item)}
    if not isinstance(value, dict):
        return set()
    found = set()
    for key, inner in value.items():
        if key == "Ref" and isinstance(inner, str):
            found.add(inner)
        elif key == "Fn::GetAtt":
            found.add(inner.split(".")[0] if isinstance(inner, str) else inner[0])
        elif key == "Fn::Sub":
            text, mapping = (inner, {}) if isinstance(inner, str) else (inner[0], inner[1])
            names = {name.split(".")[0] for name in _PLACEHOLDER.findall(text)}
            found |= (names - set(mapping)) | references(mapping)
        else:
            found |= references(inner)
    return found


def in_order(resources):
    """Logical ids so that each comes after everything it depends on."""
    waits_for = {}
    for name, resource in resources.items():
        stated = resource.get("DependsOn", [])
        stated = [stated] if isinstance(stated, str) else stated
        unknown = [each for each in stated if each not in resources]
        if unknown:
            raise NotEmulated(f"{name} depends on {unknown[0]}, which is not in the template")
        waits_for[name] = (set(stated) | references(resource.get("Properties", {}))) & (set(resources) - {name})
    order = []
    while waits_for:
        ready = [name for name, others in waits_for.items() if not others]
        if not ready:
            raise NotEmulated(f"these depend on each other in a circle: {', '.join(sorted(waits_for))}")
        for name in ready:
            del waits_for[name]
            order.append(name)
        for others in waits_for.values():
            others.difference_update(ready)
    return order


def _left_over(value, path=""):
    """Paths at which an intrinsic function was not resolved: moto leaves it in place when an attribute is unknown to it."""
    if isinstance(value, list):
        return [found for index, item in enumerate(value) for found in _left_over(item, f"{path}[{index}]")]
    if not isinstance(value, dict):
        return []
    return [
        found
        for key, item in value.items()
        for found in ([f"{path}.{key}"] if key.startswith("Fn::") else _left_over(item, f"{path}.{key}"))
    ]


def _parse_resource(resource_json, resources_map):
    resource_type = resource_json["Type"]
    resource_class = parsing.resource_class_from_type(resource_type)
    if resource_class is None:
        raise NotEmulated(f"resources of type {resource_type} are not emulated")
    cleaned = parsing.clean_json({"Properties": {}, **resource_json}, resources_map)
    unresolved = _left_over(cleaned.get("Properties", {}))
    if unresolved:
        raise NotEmulated(f"an attribute it refers to is not emulated, at Properties{unresolved[0]}")
    check(resource_class, resource_type, cleaned.get("Properties", {}))
    return resource_class, cleaned, resource_type


def _event(stack, name, resource_type, status, physical_id=None, reason=None):
    stack.events.append(
        models.Event(
            stack_id=stack.stack_id,
            stack_name=stack.name,
            logical_resource_id=name,
            physical_resource_id=physical_id,
            resource_type=resource_type,
            resource_status=status,
            resource_status_reason=reason,
            resource_properties=None,
        )
    )


def _make_resource(stack, name):
    made = stack.resource_map
    resource_json = stack.template_dict["Resources"][name]
    condition = resource_json.get("Condition")
    if condition and not made.lazy_condition_map[condition]:
        made._parsed_resources[name] = None
        return
    resource = parsing.parse_and_create_resource(
        name, resource_json, made, account_id=stack.account_id, region_name=stack.region_name
    )
    made._parsed_resources[name] = resource
    if isinstance(resource, TaggedEC2Resource):
        tags = {**made.tags, "aws:cloudformation:logical-id": name, "aws:cloudformation:stack-name": stack.name}
        ec2_models.ec2_backends[stack.account_id][stack.region_name].create_tags([resource.physical_resource_id], tags)
    _event(stack, name, resource_json["Type"], "CREATE_COMPLETE", resource.physical_resource_id)


def _make_stack(stack):
    """Makes every resource; False, with the reason among the stack's events, when one could not be made."""
    name, resource_type = stack.name, "AWS::CloudFormation::Stack"
    try:
        resources = stack.template_dict["Resources"]
        for each in in_order(resources):
            name, resource_type = each, resources[each]["Type"]
            _make_resource(stack, name)
    except Exception as error:
        reason = str(error) or type(error).__name__
        print(f"resource {name} ({resource_type}) was not made: {reason}", flush=True)
        if not isinstance(error, NotEmulated):
            traceback.print_exc()
        _event(stack, name, resource_type, "CREATE_FAILED", reason=reason)
        stack._add_stack_event("ROLLBACK_COMPLETE", resource_status_reason=f"{name}: {reason}")
        stack.status = "ROLLBACK_COMPLETE"
        return False
    backend = models.cloudformation_backends[stack.account_id][stack.region_name]
    stack.status = "CREATE_COMPLETE"
    for export in stack.exports:
        backend.exports[export.name] = export
    stack._add_stack_event("CREATE_COMPLETE")
    return True


def _create_resources(stack):
    stack.status = "CREATE_IN_PROGRESS"
    threading.Thread(target=_make_stack, args=(stack,), daemon=True).start()


def _execute_change_set(backend, change_set_name, stack_name=None):  # noqa: ARG001 - the name is given by keyword
    change_set = backend.describe_change_set(change_set_name)
    if change_set.change_set_type != "CREATE":
        raise NotEmulated("an update of a stack is not emulated")
    stack = change_set.stack
    stack.template, stack.parameters = change_set.template, change_set.parameters
    stack._parse_template()
    stack.resource_map = stack._create_resource_map()
    stack.output_map = stack._create_output_map()
    stack._add_stack_event("CREATE_IN_PROGRESS", resource_status_reason="User Initiated")
    stack.create_resources()
    change_set.execution_status = "EXECUTE_COMPLETE"


def _update(_stack, *_args, **_kwargs):
    raise NotEmulated("an update of a stack is not emulated")


def _made_resource(resource_map, name):
    if name in resource_map._parsed_resources:
        return resource_map._parsed_resources[name]
    if name not in resource_map._resource_json_map:
        raise KeyError(name)
    raise NotEmulated(f"{name} is used before it was made")


def _made_names(resource_map):
    return [name for name in resource_map._resource_json_map if resource_map._parsed_resources.get(name) is not None]


def _parse_template(template):
    # CDK writes JSON; moto's YAML reader takes seconds for it.
    return json.loads(template) if template.lstrip().startswith("{") else models.Stack.faxsync_parse_yaml(template)


def install():
    """Puts this engine into moto's place."""
    models.Stack.faxsync_parse_yaml = staticmethod(models.Stack.parse_template)
    models.Stack.parse_template = staticmethod(_parse_template)
    models.Stack.create_resources = _create_resources
    models.Stack.update = _update
    models.CloudFormationBackend.execute_change_set = _execute_change_set
    models.ChangeSet._parse_template = lambda change_set: setattr(
        change_set, "template_dict", models.Stack.parse_template(change_set.template)
    )
    for name in ("outputs", "exports"):
        original = getattr(models.Stack, name).fget
        empty = None if name == "outputs" else []
        setattr(
            models.Stack,
            name,
            property(lambda stack, read=original, none=empty: read(stack) if stack.status in _MADE else none),
        )
    parsing.parse_resource = _parse_resource
    parsing.ResourceMap.__getitem__ = _made_resource
    parsing.ResourceMap.resources = property(_made_names)
