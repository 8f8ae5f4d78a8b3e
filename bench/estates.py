"""Plans as large as one likes, built like those of Terraform: made from the plan of a fixture that Terraform wrote."""

from __future__ import annotations

import copy
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Json = dict[str, Any]

SITE = (
    Path(__file__).resolve().parent.parent
    / "fixtures"
    / "networks"
    / "seed-2-inbound-endpoints-through-transit-gateway"
    / "plan.json"
)
"""A plan of about 30 resources: one endpoint, two inbound resolver endpoints behind a transit gateway."""


def site() -> Json:
    """The plan of one site."""
    plan: Json = json.loads(SITE.read_bytes())
    return plan


def sites(copies: int) -> Json:
    """The plan of `module "site" { for_each = … }`, whose module is the root module of one site: one Client VPN endpoint in each copy."""
    one = site()
    modules, changes, prior = [], [], []
    for number in range(copies):
        name = f'module.site["{number:04}"]'
        modules.append(_in_module(one["planned_values"]["root_module"], name))
        changes += [{**_in_module(change, name), "module_address": name} for change in one["resource_changes"]]
        if "prior_state" in one:
            prior.append(_in_module(one["prior_state"]["values"]["root_module"], name))
    made = {key: copy.deepcopy(value) for key, value in one.items() if key not in ("variables", "relevant_attributes")}
    made["planned_values"] = {"root_module": {"child_modules": modules}}
    made["resource_changes"] = changes
    if prior:
        made["prior_state"]["values"] = {"root_module": {"child_modules": prior}}
    made["configuration"]["root_module"] = {
        "module_calls": {
            "site": {
                "source": "./site",
                "for_each_expression": {"references": ["local.sites"]},
                "module": one["configuration"]["root_module"],
            }
        }
    }
    return made


def beside(others: int) -> Iterator[str]:
    """The text of the plan of one site in a root that holds so many resources of other kinds, none of which the site refers to.

    In parts, so that a plan larger than the memory can be written.
    """
    one = site()
    root = one["configuration"]["root_module"]
    root["resources"].append(_QUEUE_BLOCK)
    separators = (",", ":")
    kept = {key: value for key, value in one.items() if key not in ("planned_values", "resource_changes")}
    yield json.dumps(kept, separators=separators)[:-1]
    yield ',"planned_values":{"root_module":'
    yield json.dumps(one["planned_values"]["root_module"], separators=separators).removesuffix("]}")
    for number in range(others):
        yield "," + json.dumps({**_queue(number), "schema_version": 0, **_values(number)}, separators=separators)
    yield ']}},"resource_changes":'
    yield json.dumps(one["resource_changes"], separators=separators)[:-1]
    for number in range(others):
        yield "," + json.dumps({**_queue(number), "change": _change(number)}, separators=separators)
    yield "]}"


def _in_module(part: Json, name: str) -> Json:
    """A module or a resource of the root module, with its addresses as they are inside `name`."""
    moved = {**part}
    moved["address"] = f"{name}.{part['address']}" if "address" in part else name
    if "resources" in part:
        moved["resources"] = [_in_module(resource, name) for resource in part["resources"]]
    if "child_modules" in part:
        moved["child_modules"] = [_in_module(module, name) for module in part["child_modules"]]
    return moved


_QUEUE_BLOCK: Json = {
    "address": "aws_sqs_queue.this",
    "mode": "managed",
    "type": "aws_sqs_queue",
    "name": "this",
    "provider_config_key": "aws",
    "expressions": {"name": {"references": ["each.value.name", "each.value"]}},
    "schema_version": 0,
    "for_each_expression": {"references": ["local.queues"]},
}


def _queue(number: int) -> Json:
    key = f"queue-{number:06}"
    return {
        "address": f'aws_sqs_queue.this["{key}"]',
        "mode": "managed",
        "type": "aws_sqs_queue",
        "name": "this",
        "index": key,
        "provider_name": "registry.terraform.io/hashicorp/aws",
    }


def _arguments(number: int) -> Json:
    return {
        "content_based_deduplication": False,
        "delay_seconds": 0,
        "fifo_queue": False,
        "kms_master_key_id": None,
        "max_message_size": 262144,
        "message_retention_seconds": 345600,
        "name": f"queue-{number:06}",
        "receive_wait_time_seconds": 0,
        "tags": {"team": f"team-{number % 40}", "service": f"service-{number % 700}"},
        "visibility_timeout_seconds": 30,
    }


def _values(number: int) -> Json:
    return {"values": _arguments(number), "sensitive_values": {"tags": {}, "tags_all": {}}}


def _change(number: int) -> Json:
    computed = ("arn", "id", "kms_data_key_reuse_period_seconds", "name_prefix", "policy", "redrive_policy", "url")
    return {
        "actions": ["create"],
        "before": None,
        "after": _arguments(number),
        "after_unknown": {**dict.fromkeys(computed, True), "tags": {}, "tags_all": True},
        "before_sensitive": False,
        "after_sensitive": {"tags": {}, "tags_all": {}},
    }


def main() -> None:
    """`python -m bench.estates sites|beside NUMBER FILE`"""
    kind, number, file = sys.argv[1:]
    parts = beside(int(number)) if kind == "beside" else [json.dumps(sites(int(number)), separators=(",", ":"))]
    with Path(file).open("w", encoding="utf-8") as stream:
        stream.writelines(parts)


if __name__ == "__main__":
    main()
