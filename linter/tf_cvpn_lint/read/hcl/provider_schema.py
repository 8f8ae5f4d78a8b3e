"""What of the AWS provider's schema an evaluator has to know: what is a set, and by which argument a data source is asked for one thing.

Source: `terraform providers schema -json`, hashicorp/aws 5.100.0, of which `tools.provider_schema` keeps what a test compares this with.
"""

from __future__ import annotations

SET_BLOCKS = frozenset(
    {
        ("aws_alb", "subnet_mapping"),
        ("aws_default_network_acl", "egress"),
        ("aws_default_network_acl", "ingress"),
        ("aws_default_route_table", "route"),
        ("aws_default_security_group", "egress"),
        ("aws_default_security_group", "ingress"),
        ("aws_ec2_client_vpn_endpoint", "authentication_options"),
        ("aws_ec2_managed_prefix_list", "entry"),
        ("aws_instance", "ebs_block_device"),
        ("aws_instance", "ephemeral_block_device"),
        ("aws_instance", "network_interface"),
        ("aws_lb", "subnet_mapping"),
        ("aws_network_acl", "egress"),
        ("aws_network_acl", "ingress"),
        ("aws_network_interface", "attachment"),
        ("aws_route53_resolver_endpoint", "ip_address"),
        ("aws_route53_resolver_rule", "target_ip"),
        ("aws_route53_zone", "vpc"),
        ("aws_route_table", "route"),
        ("aws_security_group", "egress"),
        ("aws_security_group", "ingress"),
        ("aws_vpc_endpoint", "subnet_configuration"),
    }
)
"""Nested blocks (and attributes written as such) whose order the provider does not keep."""

SET_ATTRIBUTES = frozenset(
    {
        "allowed_prefixes",
        "ipv4_prefixes",
        "ipv6_addresses",
        "ipv6_prefixes",
        "private_ips",
        "propagating_vgws",
        "protocols",
        "records",
        "route_table_ids",
        "secondary_allocation_ids",
        "secondary_private_ip_addresses",
        "secondary_private_ips",
        "security_group_ids",
        "security_groups",
        "subnet_ids",
        "subnets",
        "transit_gateway_cidr_blocks",
        "vpc_security_group_ids",
    }
)
"""Arguments that are sets of strings in AWS resources; read through a reference, their order is the set's."""

LIST_ATTRIBUTES = frozenset(
    {
        ("aws_fsx_file_cache", "subnet_ids"),
        ("aws_fsx_lustre_file_system", "subnet_ids"),
        ("aws_fsx_ontap_file_system", "subnet_ids"),
        ("aws_fsx_openzfs_file_system", "subnet_ids"),
        ("aws_fsx_windows_file_system", "subnet_ids"),
        ("aws_instance", "ipv6_addresses"),
        ("aws_opsworks_instance", "security_group_ids"),
        ("aws_spot_instance_request", "ipv6_addresses"),
        ("aws_vpclattice_service_network_vpc_association", "security_group_ids"),
    }
)
"""The resources in which such an argument is a list after all."""

IDENTITIES = {
    "aws_directory_service_directory": "directory_id",
    "aws_ec2_client_vpn_endpoint": "client_vpn_endpoint_id",
    "aws_ec2_managed_prefix_list": "id",
    "aws_ec2_transit_gateway": "id",
    "aws_ec2_transit_gateway_connect": "transit_gateway_connect_id",
    "aws_ec2_transit_gateway_peering_attachment": "id",
    "aws_ec2_transit_gateway_route_table": "id",
    "aws_ec2_transit_gateway_vpc_attachment": "id",
    "aws_instance": "instance_id",
    "aws_internet_gateway": "internet_gateway_id",
    "aws_nat_gateway": "id",
    "aws_network_interface": "id",
    "aws_route53_resolver_endpoint": "resolver_endpoint_id",
    "aws_route53_zone": "zone_id",
    "aws_route_table": "route_table_id",
    "aws_security_group": "id",
    "aws_subnet": "id",
    "aws_vpc": "id",
    "aws_vpc_endpoint": "id",
    "aws_vpc_peering_connection": "id",
    "aws_vpn_gateway": "id",
}
"""The argument by which a data source is asked for one thing by its id."""


def is_set(type_: str, name: str) -> bool:
    """Whether this argument of a managed resource is a set of strings."""
    return name in SET_ATTRIBUTES and type_.startswith("aws_") and (type_, name) not in LIST_ATTRIBUTES
