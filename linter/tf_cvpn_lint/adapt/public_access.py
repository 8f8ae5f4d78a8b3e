"""VPC Block Public Access.

Sources: https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/vpc_block_public_access_options,
https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/vpc_block_public_access_exclusion
"""

from __future__ import annotations

from tf_cvpn_lint.adapt.links import bind
from tf_cvpn_lint.adapt.values import is_unset, text_fact
from tf_cvpn_lint.adapt.vpc import Places
from tf_cvpn_lint.model.public_access import PublicAccessBlock, PublicAccessExclusion

TYPES = frozenset({"aws_vpc_block_public_access_options", "aws_vpc_block_public_access_exclusion"})


def blocks(places: Places) -> tuple[PublicAccessBlock, ...]:
    """One for each account and Region that sets it here."""
    found = places.joins.configuration.of_type("aws_vpc_block_public_access_options")
    return tuple(
        PublicAccessBlock(
            resource.evidence("internet_gateway_block_mode"),
            resource.provider,
            resource.region,
            text_fact(resource.body.get("internet_gateway_block_mode"), "off"),
        )
        for resource in found
        if places.joins.is_judged(resource)
    )


def exclusions(places: Places) -> tuple[PublicAccessExclusion, ...]:
    """Either of a VPC or of a subnet."""
    made = []
    for resource in places.joins.configuration.of_type("aws_vpc_block_public_access_exclusion"):
        if not places.joins.is_judged(resource):
            continue
        body = resource.body
        vpc, subnet = body.get("vpc_id"), body.get("subnet_id")
        made.append(
            PublicAccessExclusion(
                resource.evidence(),
                None
                if is_unset(vpc)
                else bind(places.joins.link(vpc, "vpc"), places.vpcs, resource.evidence("vpc_id")),
                None if is_unset(subnet) else places.subnet(resource, subnet, "subnet_id"),
            )
        )
    return tuple(made)
