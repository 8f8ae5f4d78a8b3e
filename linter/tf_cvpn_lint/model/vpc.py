"""VPCs and subnets."""

from __future__ import annotations

from tf_cvpn_lint.core.address import Address
from tf_cvpn_lint.core.evidence import Evidence
from tf_cvpn_lint.core.link import Link
from tf_cvpn_lint.core.records import dataclass, field, settle
from tf_cvpn_lint.core.value import Fact
from tf_cvpn_lint.core.verdict import Members
from tf_cvpn_lint.model.cidr import Cidr


@dataclass(frozen=True, slots=True, eq=False)
class VpcCidr:
    """A secondary CIDR of a VPC."""

    cidr: Cidr
    evidence: Evidence
    follows_association: bool = False
    """Whether it is certain (by `depends_on` or a reference) that it is added after a target network association was made."""
    precedes_association: bool = True
    """Whether every target network association of the VPC waits for it (or it was there before this apply). Where neither is so,
    Terraform makes them in any order."""


@dataclass(frozen=True, slots=True, eq=False)
class Vpc:
    """A VPC, managed here or read by a data source."""

    address: Address
    evidence: Evidence
    id: str | None
    """Its id where known."""
    primary_cidr: Cidr
    secondary_cidrs: Members[VpcCidr]
    dns_support: Fact[bool]
    """`enable_dns_support`; AWS's default is true."""
    dns_hostnames: Fact[bool]
    tenancy: Fact[str]
    provider: str = ""
    """Key of the provider configuration: equal keys are one account and region."""
    region: str = ""
    dns_support_evidence: Evidence | None = None
    dns_hostnames_evidence: Evidence | None = None
    tenancy_evidence: Evidence | None = None
    is_managed: bool = True
    """False for a data source: its route tables, groups and other parts may be made elsewhere."""
    cidrs: Members[Cidr] = field(init=False)
    """All IPv4 CIDRs, the primary first."""

    def __post_init__(self) -> None:
        more = self.secondary_cidrs
        settle(self, "cidrs", Members((self.primary_cidr, *[each.cidr for each in more.items]), more.gaps))


@dataclass(frozen=True, slots=True, eq=False)
class Subnet:
    """A subnet, managed here or read by a data source."""

    address: Address
    evidence: Evidence
    id: str | None
    vpc: Link[Vpc]
    cidr: Cidr
    zone: Fact[str]
    """Availability zone, by name (`eu-west-1a`) or id (`euw1-az1`), as written."""
    is_managed: bool = True
    cidr_evidence: Evidence | None = field(default=None)
