"""Endpoints that are attached to a transit gateway themselves.

Source: https://docs.aws.amazon.com/vpc/latest/tgw/tgw-client-vpn-attachments.html
"""

from __future__ import annotations

from tf_cvpn_lint.core.value import Known
from tf_cvpn_lint.core.verdict import Verdict, any_of, no, unsure, yes
from tf_cvpn_lint.model.transit_gateway import Attachment
from tf_cvpn_lint.reach.links import leads_to
from tf_cvpn_lint.rules import View


def attachment_of(view: View) -> Attachment | None:
    """The attachment that AWS makes for the endpoint in view; it has the endpoint's address."""
    return view.network.attachments_by_address.get(view.address)


def is_propagated(view: View) -> Verdict:
    """Whether some route table of the transit gateway learns the client CIDR from the endpoint's attachment."""
    attachment = attachment_of(view)
    if attachment is None:
        return unsure("the endpoint's attachment was not read")
    by_default = attachment.propagates_by_default
    answers = [
        unsure(f"whether it propagates by default is not known ({by_default.why})", waits_for=by_default.refers_to)
        if not isinstance(by_default, Known)
        else yes()
        if by_default.value
        else no()
    ]
    propagations = view.network.transit_propagations.any(lambda item: leads_to(item.attachment, attachment))
    return any_of([*answers, propagations])
