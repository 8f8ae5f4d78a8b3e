"""The rules about the controls themselves. They look at no network: what finds them is the control they are about.

They are in the catalogue (`rules`, `explain`, SARIF) with the others, and not among `tf_cvpn_policies.RULES`, which judge networks.
"""

from __future__ import annotations

from collections.abc import Iterator
from inspect import cleandoc

from tf_cvpn_lint.core.address import Address
from tf_cvpn_lint.core.evidence import Evidence, Location
from tf_cvpn_lint.rules import Finding, Rule, Severity, View


def _nothing(view: View) -> Iterator[Finding]:  # noqa: ARG001 - what every rule is asked
    yield from ()


def _rule(id_: str, name: str, severity: Severity, page: str) -> Rule:
    return Rule(id_, name, severity, (), cleandoc(page), _nothing)


SUPPRESSION_MALFORMED = _rule(
    "CVPN901",
    "suppression-malformed",
    Severity.WARNING,
    """A suppression comment cannot be read.

    A comment that begins like a suppression names no rule that exists, has a date that is none, has text where none belongs, or has no
    reason although reasons are required. It suppresses nothing.

    Whoever wrote it believes that a finding is dealt with.

    **Fix**: write `tf-cvpn-lint:ignore CVPN102 reason="why" until=2027-01-31`; names, several rules with commas, and `all` are taken too.

    **Cannot see**: a comment that holds neither `tf-cvpn-lint:` with a word like ignore nor `checkov:skip=CKV_CVPN` at all.
    """,
)
SUPPRESSION_EXPIRED = _rule(
    "CVPN902",
    "suppression-expired",
    Severity.WARNING,
    """A suppression has expired.

    The day after `until=` has come. The finding is back, and this says why.

    It was put off, not decided.

    **Fix**: mend what was found and remove the comment, or decide again and give it another date.

    **Cannot see**: whether the finding still exists in configurations that were not judged in this run.
    """,
)
SUPPRESSION_UNUSED = _rule(
    "CVPN903",
    "suppression-unused",
    Severity.NOTE,
    """A suppression suppresses nothing.

    No finding of the rules it names is at its place, though all of them were asked.

    It will hide the next finding there, which nobody has looked at yet.

    **Fix**: remove the comment.

    **Cannot see**: other inputs. A module that several roots call may need the comment in one of them only; then ignore this rule there.
    """,
)
EXPECTATION_BROKEN = _rule(
    "CVPN904",
    "expectation-broken",
    Severity.ERROR,
    """An expectation does not hold.

    The settings say what becomes of a DNS server, and something else does; or no endpoint or server fits what they name.

    An expectation is a test of the network: somebody depends on it.

    **Fix**: mend the network, or change the expectation at the line that is shown.

    **Cannot see**: more than the verdict. A server that is reachable as expected may have findings all the same.
    """,
)
ASSUMPTION_CONTRADICTED = _rule(
    "CVPN905",
    "assumption-contradicted",
    Severity.ERROR,
    """An assumption says otherwise than what was read.

    What was read counts, and the assumption is left aside.

    An assumption that has become wrong is wrong elsewhere too, where nothing contradicts it.

    **Fix**: remove it, or write what is true.

    **Cannot see**: an assumption that is wrong about something which Terraform never tells.
    """,
)

ENGINE_RULES: tuple[Rule, ...] = (
    SUPPRESSION_MALFORMED,
    SUPPRESSION_EXPIRED,
    SUPPRESSION_UNUSED,
    EXPECTATION_BROKEN,
    ASSUMPTION_CONTRADICTED,
)
"""In the order of their ids."""


def finding_of(
    rule: Rule,
    address: Address,
    location: Location | None,
    message: str,
    fix: str,
    *,
    attribute: str = "",
    endpoint: Address | None = None,
    server: str | None = None,
) -> Finding:
    """A finding of one of these rules. `address` may name a block that is no resource (`module.vpn`, `settings.expect[0]`)."""
    return Finding(
        rule=rule,
        endpoint=endpoint,
        server=server,
        reference=None,
        evidence=Evidence(address, attribute, location),
        message=message,
        fix=fix,
        severity=rule.severity,
    )
