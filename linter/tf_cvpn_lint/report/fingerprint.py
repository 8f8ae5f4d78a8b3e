"""Names for findings that stay the same while the code around them moves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from hashlib import sha256

from tf_cvpn_lint.rules import Finding


def fingerprints(findings: Iterable[Finding]) -> list[str]:
    """One for each finding, made of the rule, the endpoint, the server and the resource and attribute at fault; never of lines or words.

    Findings that agree in all of these are told apart by their order.
    """
    seen: Counter[tuple[str, ...]] = Counter()
    made = []
    for finding in findings:
        parts = (
            finding.rule.id,
            str(finding.endpoint or ""),
            finding.server or finding.reference or "",
            str(finding.evidence.address),
            finding.evidence.attribute,
        )
        text = "\0".join((*parts, str(seen[parts])))
        seen[parts] += 1
        made.append(sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32])
    return made
