"""The directory admits its own VPC only.

The DNS server is an AWS Managed Microsoft AD in another VPC than the endpoint's. The security group that AWS makes for a directory opens its
DNS ports to the CIDR of its own VPC, and no rule here adds to it.

Queries arrive from the associated subnets, which are in another VPC, and are likely dropped: lookups time out.

**Fix**: add rules to the directory's `security_group_id` that admit udp and tcp 53 from the associated subnets.

**Cannot see**: rules added outside Terraform; the finding is *likely*.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.reach.trace import Service, ServiceFault
from tf_cvpn_lint.rules import Certainty, Finding, Related, Rule, Severity, View, rule, sight
from tf_cvpn_policies._endpoint import sources
from tf_cvpn_policies._terraform import block, name_in_module


@rule(
    "CVPN129",
    "directory-closed-to-other-vpcs",
    Severity.WARNING,
    sources=("https://docs.aws.amazon.com/directoryservice/latest/devguide/API_AddIpRoutes.html",),
)
def check(rule: Rule, view: View) -> Iterator[Finding]:
    for server in view.failing:
        found = sight(server, Service, lambda step: step.fault is ServiceFault.DIRECTORY_CLOSED)
        host = found.step.host if found is not None else None
        if found is None or host is None:
            continue
        networks = sources(view, host.address.module)
        told = " and ".join(str(cidr) for cidr, _ in networks) or "the associated subnets"
        yield rule.finding(
            view,
            host.evidence,
            f"Queries to {server.server} are likely dropped at {host.address}{found.where}: its security group admits its own VPC only, and they "
            f"come from {told}. Lookups time out.",
            f"Admit udp and tcp 53 from {told} in the security group of {host.address}.",
            server=server,
            certainty=Certainty.LIKELY,
            related=(Related(view.endpoint.endpoint.dns_evidence, "pushed to clients here"),),
            suggestion="\n\n".join(
                block(
                    "aws_vpc_security_group_ingress_rule",
                    f"dns_{protocol}" + (f"_{number}" if len(networks) > 1 else ""),
                    security_group_id=f"{name_in_module(host.address)}.security_group_id",
                    cidr_ipv4=network,
                    ip_protocol=f'"{protocol}"',
                    from_port="53",
                    to_port="53",
                )
                for protocol in ("udp", "tcp")
                for number, (_, network) in enumerate(networks, 1)
            ),
        )
