"""A plan and its sources together."""

from __future__ import annotations

from tf_cvpn_lint.config.configuration import Body, Configuration, Resource
from tf_cvpn_lint.core.address import Address, Name, Reference
from tf_cvpn_lint.core.evidence import Gap, Location
from tf_cvpn_lint.core.value import Absent, Call, Known, Literal, Unknown, Value
from tf_cvpn_lint.read.fusion import refine

ENDPOINT = Address("aws_ec2_client_vpn_endpoint", "e")
VPC = Reference(Address("aws_vpc", "a"), "cidr_block")
DNS = Unknown((VPC,), "known after apply", Call("cidrhost", (VPC, Literal(2))), exact=True)


def configuration(
    *values: tuple[str, Value], address: Address = ENDPOINT, location: Location | None = None
) -> Configuration:
    return Configuration((Resource(address, Body(dict(values)), location=location),))


def fused(planned: Value, written: Value) -> Value:
    result = refine(configuration(("x", planned)), configuration(("x", written)))
    return result.resources[0].body.get("x")


def block(**values: Value) -> Known[dict[str, Value]]:
    return Known(values)


def test_a_value_of_the_plan_stands() -> None:
    assert fused(Known("10.0.0.2"), Unknown((VPC,))) == Known("10.0.0.2")
    assert fused(Known("10.0.0.2"), Known("10.9.9.9")) == Known("10.0.0.2")
    assert fused(Absent(), Unknown((Reference(Name("var.x")),))) == Absent()


def test_an_unknown_of_the_plan_learns_how_it_is_made() -> None:
    assert fused(Unknown((VPC,)), DNS) == DNS


def test_a_list_the_plan_lost_is_found_in_the_sources() -> None:
    assert fused(Unknown((VPC,)), Known((DNS, Known("10.0.0.9")))) == Known((DNS, Known("10.0.0.9")))


def test_origins_within_the_plans_own_modules_are_not_given_up_for_names() -> None:
    planned = Unknown((Reference(Address("aws_vpc", "this", 0), "id"),))
    assert fused(planned, Unknown((Reference(Name("module.vpc.vpc_id")),), "not downloaded")) == planned


def test_what_is_sensitive_stays_hidden() -> None:
    planned = Unknown((), "marked sensitive")
    assert fused(planned, Known("secret")) == planned


def test_elements_of_a_set_are_told_apart_by_what_is_known_of_them() -> None:
    a, b = (
        Unknown((Reference(Address("aws_subnet", "a"), "id"),)),
        Unknown((Reference(Address("aws_subnet", "b"), "id"),)),
    )
    either = Unknown((*a.refers_to, *b.refers_to))
    planned = Known((block(ip=Known("10.0.0.9"), subnet=either), block(ip=Known("10.0.1.9"), subnet=either)))
    written = Known((block(ip=Known("10.0.1.9"), subnet=b), block(ip=Known("10.0.0.9"), subnet=a)))
    assert fused(planned, written) == Known(
        (block(ip=Known("10.0.0.9"), subnet=a), block(ip=Known("10.0.1.9"), subnet=b))
    )


def test_a_known_element_is_not_doubled_where_the_order_differs() -> None:
    planned = Known((Known("10.0.0.9"), Unknown()))
    written = Known((DNS, Known("10.0.0.9")))
    assert fused(planned, written) == Known((Known("10.0.0.9"), DNS))


def test_sources_that_disagree_with_the_plan_change_nothing() -> None:
    planned = Known((Known("10.0.0.9"), Known("10.0.1.9")))
    assert fused(planned, Known((Known("10.0.0.9"),))) == planned
    blocks = Known((block(port=Known(53)),))
    assert fused(blocks, Known((block(port=Known(80)),))) == blocks


def test_a_dynamic_block_that_the_plan_hides_is_known_to_be_there() -> None:
    hidden = Unknown((Reference(Name("var.rules")),), "known after apply")
    result = refine(configuration(("a", Known(1))), configuration(("ingress", Known((hidden,)))))
    assert result.resources[0].body.get("ingress") == Known((hidden,))


def test_lines_come_from_the_sources_and_resources_from_the_plan() -> None:
    place = Location("vpn.tf", 3)
    sources = configuration(location=place)
    other = Resource(Address("aws_vpc", "only_in_sources"), Body())
    result = refine(configuration(), Configuration((*sources.resources, other)))
    assert [resource.address for resource in result.resources] == [ENDPOINT]
    assert result.resources[0].location == place


def test_what_a_command_makes_is_open_in_a_plan_too() -> None:
    gap = Gap("null_resource.x", "what its command makes", "made by a provisioner")
    other = Gap("module.x", "the resources of this module", "not downloaded")
    result = refine(Configuration(), Configuration(open_types={"aws_ec2_client_vpn_route": (gap,), "*": (other,)}))
    assert result.unread("aws_ec2_client_vpn_route") == (gap,)
    assert result.unread("aws_vpc") == ()
    assert result.gaps == (gap,)
