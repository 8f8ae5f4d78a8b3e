"""VPC Block Public Access: what an account forbids its internet gateways in a Region.

Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpcBlockPublicAccessOptions.html
"""

from __future__ import annotations

from tf_cvpn_lint.core.evidence import Evidence
from tf_cvpn_lint.core.link import Link
from tf_cvpn_lint.core.records import dataclass
from tf_cvpn_lint.core.value import Fact
from tf_cvpn_lint.model.vpc import Subnet, Vpc


@dataclass(frozen=True, slots=True, eq=False)
class PublicAccessBlock:
    """For every VPC of the account and Region that is not excluded."""

    evidence: Evidence
    provider: str
    """Key of the provider configuration, as that of a VPC."""
    region: str
    mode: Fact[str]
    """`off`, `block-bidirectional`, or `block-ingress`, which spares NAT gateways."""

    def concerns(self, vpc: Vpc) -> bool:
        return (vpc.provider, vpc.region) == (self.provider, self.region)


@dataclass(frozen=True, slots=True, eq=False)
class PublicAccessExclusion:
    """A VPC or a subnet that may use its internet gateway all the same, at least outwards."""

    evidence: Evidence
    vpc: Link[Vpc] | None
    subnet: Link[Subnet] | None
