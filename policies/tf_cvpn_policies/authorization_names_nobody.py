"""An authorization rule admits nobody.

`authorize_all_groups` is false or unset, and no `access_group_id` is given.

The provider lets it pass; AWS refuses the rule and the apply fails. Until then nobody is admitted to that network.

**Fix**: set `authorize_all_groups = true`, or name a group.

**Cannot see**: groups that are known only after the apply.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.core.evidence import Gap
from tf_cvpn_lint.model.client_vpn import Nobody, OneGroup, UnknownAudience
from tf_cvpn_lint.rules import Finding, Rule, Severity, View, rule
from tf_cvpn_policies._endpoint import around
from tf_cvpn_policies._terraform import within


@rule(
    "CVPN312",
    "authorization-names-nobody",
    Severity.ERROR,
    sources=("https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeClientVpnIngress.html",),
)
def check(rule: Rule, view: View) -> Iterator[Finding | Gap]:
    for item in around(view).rules.items:
        if isinstance(item.audience, UnknownAudience) or (
            isinstance(item.audience, OneGroup) and item.audience.id is None
        ):
            why = f"whether {item.address} names a group that exists, or none, is not known before the apply"
            yield rule.waits(item.evidence, why, item.audience.refers_to)
        if not isinstance(item.audience, Nobody):
            continue
        yield rule.finding(
            view,
            item.evidence,
            f"{item.address} for {item.target_network} admits neither everyone nor a group: AWS refuses it and the apply fails.",
            "Set authorize_all_groups = true, or name a group in access_group_id.",
            suggestion=within(item.address, "authorize_all_groups = true"),
        )
