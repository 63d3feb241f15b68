"""Nested stacks can be updated.

The engine updates a child's resources without their earlier attributes, so each resource that did not change
loses them, and every Fn::GetAtt of it fails: `Requested attribute Arn does not exist in schema`. The root
ends in UPDATE_ROLLBACK_FAILED. The child's stack still has the attributes at that moment; they are put back.
"""

from typing import Any

from scripts.local_engine.shims.engine_modules import module


def apply() -> None:
    provisioners = module("services.cloudformation.provisioners")

    update_resource = provisioners._update_resource

    def with_attributes(
        resource_type: str,
        physical_id: str,
        old_properties: Any,
        new_properties: Any,
        stack_name: str,
        logical_id: str | None = None,
        attributes: Any = None,
    ) -> tuple[str, Any]:
        known = attributes if attributes is not None else _attributes_of(stack_name, logical_id)
        new_id, returned = update_resource(
            resource_type, physical_id, old_properties, new_properties, stack_name, logical_id, known
        )
        # An update in place answers only with what it changed; a replacement has new attributes only.
        return new_id, {**known, **(returned or {})} if new_id == physical_id else returned

    provisioners._update_resource = with_attributes


def _attributes_of(stack_name: str, logical_id: str | None) -> dict[str, Any]:
    _stacks = module("services.cloudformation")._stacks

    resources = (_stacks.get(stack_name) or {}).get("_resources") or {}
    return dict((resources.get(logical_id) or {}).get("Attributes") or {})
