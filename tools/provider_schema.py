"""Keeps what the evaluator knows of the AWS provider's schema: `terraform providers schema -json | python -m tools.provider_schema`.

It is run where `terraform init` has put hashicorp/aws in place, and writes `tests/read/hcl/provider_schema.json`: of every resource type
that is read the nested blocks and attributes that are sets; for the names among those, the AWS resources in which they are none; the
arguments that each data source takes; and the attributes of what the summaries of public modules declare.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from tf_cvpn_lint.adapt import TYPES

FILE = Path(__file__).resolve().parent.parent / "tests" / "read" / "hcl" / "provider_schema.json"
PROVIDER = "registry.terraform.io/hashicorp/aws"
REFERRED_TO = ("aws_route53_resolver_rule",)
"""Not read, but asked for what they have been given."""
SET_OF_TEXTS = ["set", "string"]
Json = dict[str, Any]


def extract(schema: Json) -> Json:
    """What is kept of the output of `terraform providers schema -json`."""
    provider = schema["provider_schemas"][PROVIDER]
    resources: Json = provider["resource_schemas"]
    read = sorted(type_ for type_ in (*TYPES, *REFERRED_TO) if type_ in resources)
    sets = {type_: _settable(resources[type_], SET_OF_TEXTS) for type_ in read}
    names = {name for found in sets.values() for name in found}
    return {
        "set_blocks": {type_: found for type_ in read if (found := _set_blocks(resources[type_]))},
        "set_attributes": {type_: found for type_, found in sets.items() if found},
        "not_sets": {
            type_: found
            for type_, resource in sorted(resources.items())
            if (found := sorted(names & set(_settable(resource, None)) - set(_settable(resource, SET_OF_TEXTS))))
        },
        "data_arguments": {
            type_: _settable(data, None)
            for type_, data in sorted(provider["data_source_schemas"].items())
            if type_ in read
        },
        "attributes": {type_: sorted(resources[type_]["block"]["attributes"]) for type_ in read},
    }


def _settable(schema: Json, type_: object) -> list[str]:
    """The arguments of this type; of any where it is None."""
    return sorted(
        name
        for name, attribute in schema["block"].get("attributes", {}).items()
        if (attribute.get("optional") or attribute.get("required"))
        and (type_ is None or attribute.get("type") == type_)
    )


def _set_blocks(schema: Json) -> list[str]:
    """Nested blocks that are sets, and settable attributes that are sets of objects and may be written as blocks."""
    blocks = [name for name, block in schema["block"].get("block_types", {}).items() if block["nesting_mode"] == "set"]
    objects = [
        name
        for name in _settable(schema, None)
        if isinstance(kind := schema["block"]["attributes"][name].get("type"), list)
        and kind[0] == "set"
        and isinstance(kind[1], list)
    ]
    return sorted({*blocks, *objects})


if __name__ == "__main__":
    FILE.write_text(json.dumps(extract(json.load(sys.stdin)), indent=1) + "\n", encoding="utf-8")
