"""Which rules are asked, how severe they are, and where they are quiet."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from tf_cvpn_lint.controls.engine_rules import ENGINE_RULES
from tf_cvpn_lint.controls.patterns import matches
from tf_cvpn_lint.core.errors import InputError
from tf_cvpn_lint.core.evidence import Location
from tf_cvpn_lint.core.records import dataclass, field, replace
from tf_cvpn_lint.result import Suppression
from tf_cvpn_lint.rules import Finding, Rule, Severity

ALL = "all"


class UnknownRuleError(InputError):
    """A selector fits no rule; usually a typing error."""


def fits(selector: str, rule: Rule) -> bool:
    """Whether the selector names the rule: by id, by name, by the beginning of its id, or as one of `all`."""
    return selector.lower() in (ALL, rule.name) or rule.id.startswith(selector.upper())


def _closeness(selector: str, rule: Rule) -> int:
    """How exactly the selector names the rule; 0 where it does not."""
    if not fits(selector, rule):
        return 0
    if selector.lower() == ALL:
        return 1
    return len(rule.id) + 1 if selector.lower() == rule.name else len(selector) + 1


def known(selector: str, rules: Iterable[Rule]) -> str:
    """The selector itself.

    Raises:
        UnknownRuleError: it fits none of the rules; with the name it was probably meant to be.
    """
    rules = tuple(rules)
    wanted = selector.strip()
    if wanted and (wanted.lower() == ALL or any(fits(wanted, rule) for rule in rules)):
        return wanted
    raise UnknownRuleError(f"{wanted or 'an empty name'}: no rule has this id or name{suggestion(wanted, rules)}")


def suggestion(wanted: str, rules: Iterable[Rule]) -> str:
    """`; did you mean …?`, or where to look."""
    import difflib

    names = [name for rule in rules for name in (rule.id, rule.name)]
    digits = str.maketrans("OIL", "011")  # what is mistyped most in an id
    near = difflib.get_close_matches(wanted.upper(), names, 1) or difflib.get_close_matches(wanted.lower(), names, 1)
    if (read := wanted.upper().translate(digits)) in names:
        near = [read]
    return f"; did you mean {near[0]}?" if near else "; tf-cvpn-lint rules lists them"


@dataclass(frozen=True, slots=True)
class PerAddress:
    """What holds for the findings at some addresses only."""

    pattern: str
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, Severity] = field(default_factory=dict)
    reason: str = ""
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """The rules in force. Where selectors disagree the one that names a rule most exactly counts, and of equals `ignore`."""

    select: tuple[str, ...] = (ALL,)
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, Severity] = field(default_factory=dict)
    per_address: tuple[PerAddress, ...] = ()

    def is_on(self, rule: Rule) -> bool:
        """Whether the rule is asked. The program's own rules (CVPN9) are on unless they are ignored: `select` narrows the catalogue."""
        closest = max((_closeness(each, rule) for each in self.select), default=0)
        if rule in ENGINE_RULES:
            closest = max(closest, 1)
        return closest > max((_closeness(each, rule) for each in self.ignore), default=0)

    def names(self, rule: Rule) -> bool:
        """Whether one of the selectors names the rule."""
        return any(fits(each, rule) for each in self.select)

    def rules(self, rules: Iterable[Rule]) -> tuple[Rule, ...]:
        return tuple(rule for rule in rules if self.is_on(rule))

    def weighed(self, finding: Finding) -> Finding:
        """The finding with the severity that was asked for."""
        chosen = _most_exact(self.severity, finding.rule)
        for each in self.per_address:
            if each.severity and _concerns(each, finding):
                chosen = _most_exact(each.severity, finding.rule) or chosen
        return finding if chosen is None else replace(finding, severity=chosen)

    def suppression(self, finding: Finding) -> Suppression | None:
        """Why the finding is quiet at its address; None where it is not."""
        for each in self.per_address:
            if any(fits(selector, finding.rule) for selector in each.ignore) and _concerns(each, finding):
                return Suppression("settings", each.reason, None, each.location)
        return None


def _most_exact(severities: Mapping[str, Severity], rule: Rule) -> Severity | None:
    named = [(closeness, each) for each in severities if (closeness := _closeness(each, rule))]
    return severities[max(named)[1]] if named else None


def _concerns(per_address: PerAddress, finding: Finding) -> bool:
    """Whether the finding is at such an address, or about such an endpoint."""
    places = (finding.evidence.address, *((finding.endpoint,) if finding.endpoint else ()))
    return any(matches(per_address.pattern, place) for place in places)


def split(text: str) -> tuple[str, ...]:
    """`CVPN101, dns-not-authorized` as its parts."""
    return tuple(part for part in re.split(r"[,\s]+", text) if part)
