"""The settings in force, each with where its value comes from: a default, the settings file, a flag.

A flag beats the file, and the file the default. A list on the command line replaces the file's; `--assume`, `--expect` and `--per-address`
are added to it, and `--severity` changes the rules it names.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from tf_cvpn_lint.controls import baseline as baselines
from tf_cvpn_lint.controls.assumptions import Assumption, ValueOf, parse_value, subject_of
from tf_cvpn_lint.controls.engine_rules import ENGINE_RULES
from tf_cvpn_lint.controls.expectations import Expectation, Expected
from tf_cvpn_lint.controls.flags import Flags
from tf_cvpn_lint.controls.selection import ALL, PerAddress, Selection, UnknownRuleError, known, split
from tf_cvpn_lint.controls.settings_search import NAME, find
from tf_cvpn_lint.core.errors import InputError
from tf_cvpn_lint.core.records import dataclass, field
from tf_cvpn_lint.result import BaselineEntry
from tf_cvpn_lint.rules import Rule, Severity
from tf_cvpn_lint.settings import FailOn

if TYPE_CHECKING:
    from tf_cvpn_lint.controls.settings_file import SettingsFile


FLAGGED_ASSUMPTIONS = ("groups", "lan", "beyond", "id", "security-group")
"""The forms of `[[assume]]` that `--assume` takes as they stand in the file, with commas between the keys."""


@dataclass(frozen=True)
class Controls:
    """What is done with the findings of a run."""

    selection: Selection = Selection()
    assumptions: tuple[Assumption, ...] = ()
    expectations: tuple[Expectation, ...] = ()
    suppressions: bool = True
    require_reason: bool = False
    today: date = date.min
    """Against which suppressions expire; the first of all days, on which none has, unless a front end says."""
    baseline: tuple[BaselineEntry, ...] | None = None


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting for `settings show`."""

    key: str
    value: object
    origin: str
    """`default`, `--select`, `.tf-cvpn-lint.toml:3`."""


@dataclass(frozen=True)
class InForce:
    """Everything a run goes by."""

    controls: Controls
    fail_on: FailOn
    strict: bool
    sources: tuple[Path, ...]
    file: Path | None
    settings: tuple[Setting, ...] = ()
    baseline: Path | None = None
    """Where the baseline of `controls` was read."""


@dataclass
class _Layers:
    """Takes each setting from the first layer that has it, and remembers which."""

    file: SettingsFile | None
    settings: list[Setting] = field(default_factory=list)

    def take(self, key: str, flag: object, of_file: object, default: object, option: str = "") -> object:
        value, origin = default, "default"
        if self.file is not None and of_file is not None:
            value, origin = of_file, str(self.file.location(key))
        if flag is not None and flag != ():
            value, origin = flag, option or f"--{key}"
        self.settings.append(Setting(key, value, origin))
        return value

    def added(self, key: str, of_file: tuple[object, ...], flags: tuple[object, ...]) -> None:
        """A setting whose members come from everywhere."""
        where = [str(self.file.location(key, number)) for number in range(len(of_file))] if self.file else []
        members = [*zip(of_file, where, strict=True), *((flag, f"--{key}") for flag in flags)]
        for value, origin in members:
            self.settings.append(Setting(key, value, origin))
        if not members:
            self.settings.append(Setting(key, (), "default"))


def settings_files(flags: Flags, paths: Iterable[str]) -> tuple[tuple[SettingsFile | None, tuple[str, ...]], ...]:
    """The settings files of the inputs, each with the inputs that go by it; None for those that have none.

    Raises:
        InputError: one cannot be used.
    """
    paths = tuple(paths)
    if flags.no_config:
        return ((None, paths),)
    if flags.config is not None:
        if not flags.config.is_file():
            raise InputError(f"--config {flags.config}: there is no such file")
        return ((_read(flags.config), paths),)
    found: dict[Path | None, list[str]] = {}
    for path in paths:
        place = Path() if path == "-" else Path(path)
        try:
            file = find(place if place.is_dir() else place.parent)
        except (OSError, ValueError):
            file = None  # the reader of the input says what is wrong with it
        found.setdefault(file, []).append(path)
    return tuple((_read(file) if file else None, tuple(theirs)) for file, theirs in found.items())


def _shown(file: Path) -> Path:
    """The file as it can be opened from here."""
    try:
        return Path(os.path.relpath(file))
    except ValueError:  # another drive
        return file


def _read(file: Path) -> SettingsFile:
    from tf_cvpn_lint.controls.settings_file import read

    return read(_shown(file))


def in_force(flags: Flags, file: SettingsFile | None, rules: tuple[Rule, ...]) -> InForce:
    """The settings of a run.

    Raises:
        InputError: a flag or a setting names what does not exist, or the baseline cannot be read.
    """
    table = file.table if file else None
    layers = _Layers(file)
    everything = (*rules, *ENGINE_RULES)

    select = _selectors(layers, "select", flags.select, table.select if table else None, (ALL,), everything)
    ignore = _selectors(layers, "ignore", flags.ignore, table.ignore if table else None, (), everything)
    severity: dict[str, Severity] = {}
    origins: list[str] = []
    if file is not None and table is not None and table.severity:
        for selector, level in table.severity.items():
            severity[_known(selector, everything, str(file.location("severity", selector)))] = Severity(level)
        origins.append(str(file.location("severity")))
    for text in flags.severity:
        selector, _, chosen = text.partition("=")
        if chosen not in [each.value for each in Severity]:
            raise InputError(f"--severity {text}: write it as CVPN103=error (or warning, or note)")
        severity[_known(selector, everything, "--severity")] = Severity(chosen)
        origins.append("--severity")
    told = {selector: each.value for selector, each in severity.items()}
    layers.settings.append(Setting("severity", told, " and ".join(dict.fromkeys(origins)) or "default"))

    fail_on = layers.take(
        "fail-on", flags.fail_on, FailOn(table.fail_on) if table and table.fail_on else None, FailOn.WARNING
    )
    strict = layers.take("strict", flags.strict, table.strict if table else None, False)
    require = layers.take("require-reason", flags.require_reason, table.require_reason if table else None, False)
    suppressions = layers.take(
        "suppressions", flags.suppressions, table.suppressions if table else None, True, "--no-suppressions"
    )
    of_file = None
    if file is not None and table is not None and table.sources is not None and not flags.sources:
        of_file = tuple(file.beside("sources", path) for path in table.sources)
    sources = layers.take("sources", flags.sources, of_file, (), "--source")
    kept = None
    if file is not None and table is not None and table.baseline and flags.baseline is None:
        kept = file.beside("baseline", table.baseline)
    baseline = layers.take("baseline", flags.baseline, kept, None)
    today = _today(flags)
    layers.settings.append(Setting("today", today[0].isoformat(), today[1]))

    per_address = (*(file.per_address() if file else ()), *map(_per_address, flags.per_address))
    for each in per_address:
        for selector in (*each.ignore, *each.severity):
            _known(selector, everything, str(each.location) if each.location else "--per-address")
    layers.added("per-address", file.per_address() if file else (), flags.per_address)
    assumed = file.assumptions() if file else ()
    given = tuple(_assumption(text, len(assumed) + number) for number, text in enumerate(flags.assume))
    layers.added("assume", tuple(each.says for each in assumed), tuple(each.says for each in given))
    expected = file.expectations() if file else ()
    asked = tuple(_expectation(text, len(expected) + number) for number, text in enumerate(flags.expect))
    layers.added("expect", tuple(map(_told, expected)), tuple(map(_told, asked)))

    assert isinstance(fail_on, FailOn)
    assert isinstance(sources, tuple)
    assert baseline is None or isinstance(baseline, Path)
    return InForce(
        Controls(
            Selection(select, ignore, severity, per_address),
            (*assumed, *given),
            (*expected, *asked),
            suppressions is True,
            require is True,
            today[0],
            baselines.read(baseline, is_named=flags.baseline is not None)
            if baseline is not None and flags.write_baseline is None
            else None,
        ),
        fail_on,
        strict is True,
        sources,
        file.path if file else None,
        tuple(layers.settings),
        baseline,
    )


def _selectors(
    layers: _Layers,
    key: str,
    flags: tuple[str, ...],
    of_file: list[str] | None,
    default: tuple[str, ...],
    rules: tuple[Rule, ...],
) -> tuple[str, ...]:
    given = tuple(selector for text in flags for selector in split(text))
    taken = layers.take(key, given, tuple(of_file) if of_file is not None else None, default)
    assert isinstance(taken, tuple)
    return tuple(_known(selector, rules, layers.settings[-1].origin) for selector in taken)


def _known(selector: str, rules: tuple[Rule, ...], where: str) -> str:
    try:
        return known(selector, rules)
    except UnknownRuleError as fault:
        raise UnknownRuleError(f"{where}: {fault}") from None


def _per_address(text: str) -> PerAddress:
    pattern, _, selectors = text.rpartition("=")
    levels = {each.value: each for each in Severity}
    ignore: list[str] = []
    severity: dict[str, Severity] = {}
    for each in split(selectors):
        selector, colon, level = each.partition(":")
        if not colon:
            ignore.append(selector)
        elif level in levels:
            severity[selector] = levels[level]
        else:
            raise InputError(f"--per-address {text}: {level or 'nothing'} is not {', '.join(levels)}")
    if not pattern or not (ignore or severity):
        raise InputError(f"--per-address {text}: write it as PATTERN=CVPN103,CVPN401 or PATTERN=CVPN103:note")
    return PerAddress(pattern, tuple(ignore), severity, "given on the command line")


def _assumption(text: str, position: int) -> Assumption:
    if text.partition("=")[0].strip() in FLAGGED_ASSUMPTIONS:
        from tf_cvpn_lint.controls.settings_file import assumed

        try:
            return Assumption(assumed(text), "given on the command line", None, position)
        except InputError as fault:
            raise InputError(f"--assume {text}: {fault}") from None
    # An instance key may hold an equals sign: module.vpn["a=b"].aws_vpc.x.id=vpc-0a.
    found = re.match(r'((?:"(?:[^"\\]|\\.)*"|[^="])+)=(.*)', text, re.DOTALL)
    if not found:
        raise InputError(f"--assume {text}: write it as ADDRESS.ATTRIBUTE=VALUE")
    try:
        subject_of(found[1])
    except InputError as fault:
        raise InputError(f"--assume {text}: {fault}") from None
    return Assumption(ValueOf(found[1], parse_value(found[2])), "given on the command line", None, position)


def _expectation(text: str, position: int) -> Expectation:
    endpoint, _, rest = text.partition("=") if '"' not in text else _behind_key(text)
    server, _, wanted = rest.rpartition("=")
    verdict: Expected | None = next((each for each in get_args(Expected) if each == wanted), None)
    if not endpoint or not server or verdict is None:
        raise InputError(f"--expect {text}: write it as ENDPOINT=SERVER=reachable")
    return Expectation(endpoint, server, verdict, position=position)


def _behind_key(text: str) -> tuple[str, str, str]:
    end = text.rindex('"')
    head, separator, rest = text[end:].partition("=")
    return text[:end] + head, separator, rest


def _told(expectation: Expectation) -> str:
    return f"{expectation.server} of {expectation.endpoint} is {expectation.verdict}"


def _today(flags: Flags) -> tuple[date, str]:
    """`--today`, else the day of SOURCE_DATE_EPOCH (https://reproducible-builds.org/specs/source-date-epoch/), else the clock's, in UTC."""
    if flags.today is not None:
        try:
            return date.fromisoformat(flags.today), "--today"
        except ValueError:
            raise InputError(f"--today {flags.today}: no date; write it as 2027-01-31") from None
    if (epoch := os.environ.get("SOURCE_DATE_EPOCH", "")).isdecimal():
        try:
            return datetime.fromtimestamp(int(epoch), UTC).date(), "SOURCE_DATE_EPOCH"
        except (OverflowError, ValueError, OSError):
            raise InputError(f"SOURCE_DATE_EPOCH={epoch}: no time that there is") from None
    return datetime.now(UTC).date(), "the clock"


def as_toml_value(value: object) -> str:
    """A value as the settings file has it."""
    match value:
        case bool():
            return str(value).lower()
        case tuple() | list():
            return f"[{', '.join(as_toml_value(item) for item in value)}]"
        case dict():
            inside = ", ".join(f"{name} = {as_toml_value(item)}" for name, item in value.items())
            return f"{{ {inside} }}" if inside else "{}"
        case PerAddress():
            told: dict[str, object] = {"address": value.pattern, "ignore": value.ignore}
            told |= (
                {"severity": {name: level.value for name, level in value.severity.items()}} if value.severity else {}
            )
            return as_toml_value(told)
        case None:
            return "none"
        case _:
            return json.dumps(str(value), ensure_ascii=False)


def show(force: InForce) -> Iterable[tuple[str, str, str]]:
    """Every setting: its key, its value as TOML, and where that comes from."""
    file = str(force.file) if force.file else f"no {NAME} and no [tool.tf-cvpn-lint] found"
    yield "file", as_toml_value(file) if force.file else "none", "" if force.file else file
    for setting in force.settings:
        yield setting.key, as_toml_value(setting.value), setting.origin
