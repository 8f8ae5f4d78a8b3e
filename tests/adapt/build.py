"""Small configurations out of plain Python, as the readers would make them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tf_cvpn_lint.adapt import adapt
from tf_cvpn_lint.config.configuration import Body, Configuration, Lifecycle, Resource
from tf_cvpn_lint.core.address import Address, Name, Reference
from tf_cvpn_lint.core.evidence import Gap
from tf_cvpn_lint.core.value import Absent, Known, Symbol, Unknown, Value
from tf_cvpn_lint.model.network import Network


def reference(text: str) -> Reference:
    """`aws_vpc.a.id`, `data.aws_vpc.x.id`, `aws_subnet.x[0].id`, `aws_vpc.a` or `var.x`."""
    if text.split(".")[0] in ("var", "local", "module", "each"):
        return Reference(Name(text))
    parts = text.split(".")
    size = 3 if parts[0] == "data" else 2
    return Reference(Address.parse(".".join(parts[:size])), ".".join(parts[size:]))


def ref(*texts: str, exact: bool = True, symbol: Symbol | None = None) -> Unknown:
    """A value that is known after the apply and comes from these."""
    return Unknown(tuple(reference(text) for text in texts), exact=exact, symbol=symbol)


def value(given: Any) -> Value:
    match given:
        case Known() | Unknown() | Absent():
            return given
        case None:
            return Absent()
        case dict():
            return Known({name: value(inner) for name, inner in given.items()})
        case list() | tuple():
            return Known(tuple(value(inner) for inner in given))
        case _:
            return Known(given)


def resource(address: str, given: Mapping[str, Any], **more: Any) -> Resource:
    parsed = Address.parse(address)
    lifecycle: Lifecycle = "read" if parsed.mode == "data" else "created"
    values = {name: made for name, inner in given.items() if not isinstance(made := value(inner), Absent)}
    return Resource(parsed, Body(values), **{"lifecycle": lifecycle, "provider": "aws", **more})


def configuration(
    resources: Mapping[str, Mapping[str, Any]] | list[Resource],
    open_types: Mapping[str, str] | None = None,
    **more: Any,
) -> Configuration:
    made = resources if isinstance(resources, list) else [resource(name, body) for name, body in resources.items()]
    open_ = {type_: (Gap("module.x", type_, why),) for type_, why in (open_types or {}).items()}
    return Configuration(tuple(sorted(made, key=lambda each: each.address)), open_types=open_, **more)


def network(
    resources: Mapping[str, Mapping[str, Any]] | list[Resource],
    open_types: Mapping[str, str] | None = None,
    **more: Any,
) -> Network:
    return adapt(configuration(resources, open_types, **more))


VPC: dict[str, dict[str, Any]] = {
    "aws_vpc.a": {"cidr_block": "10.0.0.0/16", "enable_dns_support": True},
    "aws_subnet.a": {"vpc_id": ref("aws_vpc.a.id"), "cidr_block": "10.0.0.0/24", "availability_zone": "eu-west-1a"},
    "aws_subnet.b": {"vpc_id": ref("aws_vpc.a.id"), "cidr_block": "10.0.1.0/24", "availability_zone": "eu-west-1b"},
}

OTHER_VPC: dict[str, dict[str, Any]] = {
    "aws_vpc.other": {"cidr_block": "10.10.0.0/16"},
    "aws_subnet.other": {"vpc_id": ref("aws_vpc.other.id"), "cidr_block": "10.10.0.0/24"},
}
