"""What the evaluator knows of the provider's schema, against what Terraform says of it (`tools.provider_schema` keeps that)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tf_cvpn_lint.read.hcl import wellknown
from tf_cvpn_lint.read.hcl.provider_schema import IDENTITIES, LIST_ATTRIBUTES, SET_ATTRIBUTES, SET_BLOCKS, is_set

SCHEMA: dict[str, Any] = json.loads(Path(__file__).with_name("provider_schema.json").read_text("utf-8"))
UNINTERESTING = ("tunnel1_", "tunnel2_")
"""Algorithms of VPN tunnels: nothing on the way of a query refers to them."""


def test_the_blocks_that_are_sets_are_those_of_the_schema() -> None:
    assert {(type_, name) for type_, names in SCHEMA["set_blocks"].items() for name in names} == SET_BLOCKS


def test_the_arguments_that_are_sets_are_those_of_the_schema() -> None:
    in_schema = {name for names in SCHEMA["set_attributes"].values() for name in names}
    assert {name for name in in_schema if not name.startswith(UNINTERESTING)} == SET_ATTRIBUTES


def test_the_exceptions_are_those_of_the_schema() -> None:
    exceptions = {
        (type_, name) for type_, names in SCHEMA["not_sets"].items() for name in names if name in SET_ATTRIBUTES
    }
    assert exceptions == LIST_ATTRIBUTES
    assert is_set("aws_vpc_endpoint", "subnet_ids")
    assert not is_set("aws_fsx_windows_file_system", "subnet_ids")


@pytest.mark.parametrize(("type_", "argument"), IDENTITIES.items())
def test_a_data_source_takes_the_argument_it_is_asked_by(type_: str, argument: str) -> None:
    assert argument in SCHEMA["data_arguments"][type_]


def test_the_summary_of_the_vpc_module_declares_what_the_provider_knows() -> None:
    sources = wellknown.sources("terraform-aws-modules/vpc/aws")
    assert sources is not None
    declared = list(sources.of_type("resource"))
    assert len(declared) > 8
    for declaration in declared:
        known = set(SCHEMA["attributes"][declaration.labels[0]])
        assert declaration.body.attributes.keys() - known <= {"count", "for_each"}
