"""The settings file, checked: `.tf-cvpn-lint.toml`, or `[tool.tf-cvpn-lint]` of `pyproject.toml`."""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from tf_cvpn_lint.controls.assumptions import (
    Admits,
    Assumption,
    Behind,
    Elsewhere,
    Fact,
    Groups,
    Lan,
    ValueOf,
    address_of,
    check_elsewhere,
    network_of,
    subject_of,
)
from tf_cvpn_lint.controls.expectations import Expectation
from tf_cvpn_lint.controls.selection import PerAddress
from tf_cvpn_lint.controls.settings_search import LARGEST, PROJECT, TOOL
from tf_cvpn_lint.controls.toml_lines import Path as KeyPath
from tf_cvpn_lint.controls.toml_lines import key_lines, line_of
from tf_cvpn_lint.core.errors import InputError
from tf_cvpn_lint.core.evidence import Location
from tf_cvpn_lint.core.files import UnfitError, may_enter, read_below
from tf_cvpn_lint.core.records import dataclass
from tf_cvpn_lint.rules import Severity


class SettingsError(InputError):
    """The settings cannot be used; the line says in which file, at which key, and why."""


def _dashed(name: str) -> str:
    return name.replace("_", "-")


class Table(BaseModel):
    """What all tables of the file share."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, alias_generator=_dashed, validate_by_name=False)


Text = Annotated[str, Field(min_length=1)]
Level = Literal["error", "warning", "note"]
Verdict = Literal["reachable", "unreachable", "intermittent", "unknown"]


class PerAddressTable(Table):
    """`[[per-address]]`"""

    address: Text
    ignore: list[Text] = []
    severity: dict[str, Level] = {}
    reason: str = ""


class AssumeTable(Table):
    """`[[assume]]`: one fact in one of its forms, and why."""

    reason: Text
    attribute: Text | None = None
    value: Any = None
    id: Text | None = None
    set: dict[str, Any] = {}
    security_group: Text | None = None
    admits_dns_from: list[Text] = []
    admits_dns_to: list[Text] = []
    beyond: Text | None = None
    networks: list[Text] = []
    groups: list[Text] = []
    lan: Text | None = None
    resolver: Text | None = None
    endpoint: Text = "*"

    @model_validator(mode="after")
    def _is_one_fact(self) -> AssumeTable:
        self.fact()
        return self

    def fact(self) -> Fact:
        """
        Raises:
            ValueError: it is none of the forms, or more than one.
        """
        given = {_dashed(name) for name in self.model_fields_set} - {"reason"}
        forms = [form for form in _FORMS if form in given]
        if len(forms) != 1:
            told = ", ".join(_FORMS)
            raise ValueError(
                f"an assumption is about one of {told}; here it is {' and '.join(forms) or 'none of them'}"
            )
        form = forms[0]
        strange = sorted(given - {form} - _FORMS[form])
        if strange:
            raise ValueError(
                f"{strange[0]} does not go with {form}; that takes {', '.join(sorted(_FORMS[form])) or 'nothing'}"
            )
        try:
            return self._fact_of(form)
        except InputError as fault:
            raise ValueError(str(fault)) from None

    def _fact_of(self, form: str) -> Fact:
        match form:
            case "attribute":
                if "value" not in self.model_fields_set:
                    raise ValueError("an attribute needs its value")
                subject_of(self.attribute or "")
                return ValueOf(self.attribute or "", _plain(self.value))
            case "id":
                attributes = {name: _plain(value) for name, value in self.set.items()}
                check_elsewhere(self.id or "", attributes)
                return Elsewhere(self.id or "", attributes)
            case "security-group":
                if not self.admits_dns_from and not self.admits_dns_to:
                    raise ValueError("a security group needs admits-dns-from or admits-dns-to")
                for peer in (*self.admits_dns_from, *self.admits_dns_to):
                    if not peer.startswith("sg-"):
                        network_of(peer)
                return Admits(self.security_group or "", tuple(self.admits_dns_from), tuple(self.admits_dns_to))
            case "beyond":
                if not self.networks:
                    raise ValueError("what lies beyond needs networks")
                for network in self.networks:
                    network_of(network)
                return Behind(self.beyond or "", tuple(self.networks))
            case "groups":
                if not self.groups:
                    raise ValueError("groups names no group")
                return Groups(tuple(self.groups), self.endpoint)
            case _:
                network_of(self.lan or "")
                if self.resolver is not None:
                    address_of(self.resolver)
                return Lan(self.lan or "", self.resolver, self.endpoint)


_FORMS: dict[str, frozenset[str]] = {
    "attribute": frozenset({"value"}),
    "id": frozenset({"set"}),
    "security-group": frozenset({"admits-dns-from", "admits-dns-to"}),
    "beyond": frozenset({"networks"}),
    "groups": frozenset({"endpoint"}),
    "lan": frozenset({"resolver", "endpoint"}),
}


def _plain(value: Any) -> Any:
    """TOML's dates have no place in Terraform; they are texts there."""
    match value:
        case list():
            return [_plain(item) for item in value]
        case dict():
            return {str(name): _plain(item) for name, item in value.items()}
        case str() | int() | float():
            return value
        case _:
            return str(value)


class ExpectTable(Table):
    """`[[expect]]`"""

    endpoint: Text
    server: Text
    verdict: Verdict
    reason: str = ""


class SettingsTable(Table):
    """The file."""

    select: list[Text] | None = None
    ignore: list[Text] | None = None
    severity: dict[str, Level] | None = None
    fail_on: Literal["note", "warning", "error", "never"] | None = None
    strict: bool | None = None
    require_reason: bool | None = None
    suppressions: bool | None = None
    sources: list[Text] | None = None
    baseline: Text | None = None
    per_address: list[PerAddressTable] = []
    assume: list[AssumeTable] = []
    expect: list[ExpectTable] = []


@dataclass(frozen=True)
class SettingsFile:
    """A file that was read."""

    path: Path
    table: SettingsTable
    lines: dict[KeyPath, int]
    root: KeyPath
    """The table of the settings within the file."""

    def location(self, *key: str | int) -> Location:
        return Location(str(self.path), line_of(self.lines, (*self.root, *key)) or 1)

    def per_address(self) -> tuple[PerAddress, ...]:
        return tuple(
            PerAddress(
                each.address,
                tuple(each.ignore),
                {selector: Severity(level) for selector, level in each.severity.items()},
                each.reason,
                self.location("per-address", number),
            )
            for number, each in enumerate(self.table.per_address)
        )

    def assumptions(self) -> tuple[Assumption, ...]:
        return tuple(
            Assumption(each.fact(), each.reason, self.location("assume", number), number)
            for number, each in enumerate(self.table.assume)
        )

    def beside(self, key: str, path: str) -> Path:
        """A path that the file names, from its own directory.

        Raises:
            SettingsError: the file lies in a repository, which a pull request may have brought, and the path leads out of it.
        """
        found = self.path.parent / path
        if not may_enter(found, self.path.parent):
            raise SettingsError(
                f"{self.location(key)}: {key}: {path} lies outside of the repository; name it on the command line"
            )
        return found

    def expectations(self) -> tuple[Expectation, ...]:
        return tuple(
            Expectation(each.endpoint, each.server, each.verdict, each.reason, self.location("expect", number), number)
            for number, each in enumerate(self.table.expect)
        )


def assumed(text: str) -> Fact:
    """The fact of `--assume 'lan="192.168.7.0/24", resolver="192.168.7.1"'`.

    Raises:
        InputError: it is none.
    """
    try:
        tree = tomllib.loads(f"fact = {{ {text} }}")["fact"]
    except ValueError:  # of which TOML's is one
        raise InputError('write it as in the settings, with quotes: groups=["sg-eng"]') from None
    except RecursionError:
        raise InputError("nested too deeply") from None
    try:
        return AssumeTable.model_validate({"reason": "given on the command line", **tree}).fact()
    except ValidationError as fault:
        first = fault.errors(include_url=False)[0]
        raise InputError(_says(("assume", 0, *first["loc"]), first).removeprefix("assume[0]").lstrip(".: ")) from None


def read(path: Path) -> SettingsFile:
    """The settings of a file.

    Raises:
        SettingsError: it cannot be read, is no TOML, or holds what no setting is.
    """
    try:
        # What is linted brings its settings along; a link in its place would tell of another file, in the words of what is wrong with it.
        text = read_below(path, path.parent, limit=LARGEST).decode("utf-8")
    except UnfitError as fault:
        raise SettingsError(f"{path}: the settings are not read: {fault}") from None
    except OSError as fault:
        raise SettingsError(f"{path}: the settings cannot be read: {fault.strerror or fault}") from None
    except ValueError:
        raise SettingsError(f"{path}: the settings are not UTF-8 text") from None
    try:
        tree: Any = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise SettingsError(f"{path}:{_not_toml(str(fault), text)}") from None
    except ValueError:  # Python's, of a number with thousands of digits
        raise SettingsError(f"{path}: not TOML that anyone wrote: a number is too long") from None
    except RecursionError:
        raise SettingsError(f"{path}: not TOML that anyone wrote: nested too deeply") from None
    root: KeyPath = ()
    if path.name == PROJECT:
        root = ("tool", TOOL)
        tool = tree.get("tool")
        tree = tool.get(TOOL, {}) if isinstance(tool, dict) else {}
    lines = key_lines(text)
    try:
        table = SettingsTable.model_validate(tree)
    except ValidationError as fault:
        faults = fault.errors(include_url=False)
        # A misspelt key is missing too; the spelling is what to tell.
        first = next((each for each in faults if each["type"] == "extra_forbidden"), faults[0])
        at = tuple(first["loc"])
        line = line_of(lines, (*root, *at))
        raise SettingsError(f"{path}{f':{line}' if line else ''}: {_says(at, first)}") from None
    return SettingsFile(path, table, lines, root)


_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


def _not_toml(fault: str, text: str) -> str:
    """`3: not TOML: unclosed array (column 4)` of what the parser says."""
    place = _PLACE.search(fault)
    says = (fault[: place.start()] if place else fault).strip()
    says = says[:1].lower() + says[1:]
    if place and place[1]:
        return f"{place[1]}: not TOML: {says} (column {place[2]})"
    return f"{text.rstrip().count(chr(10)) + 1}: not TOML: {says}{' at the end of the file' if place else ''}"


def _says(at: KeyPath, fault: Any) -> str:
    key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in at).lstrip(".")
    match fault["type"]:
        case "extra_forbidden" if at == ("tool",):
            return f"[tool.{TOOL}] is for {PROJECT}; in a file of their own the settings stand at the top, without it"
        case "list_type" if isinstance(fault["input"], str):
            return f'{key}: write a list: ["{fault["input"]}"]'
        case "bool_type":
            return f"{key}: write true or false"
        case "literal_error":
            allowed = fault["ctx"]["expected"].replace("'", "")
            near = difflib.get_close_matches(str(fault["input"]), re.split(r", | or ", allowed), 1)
            given = json.dumps(fault["input"], ensure_ascii=False, default=str)
            return f"{key}: {given} is not {allowed}{f'; did you mean {near[0]}?' if near else ''}"
        case "extra_forbidden":
            near = difflib.get_close_matches(str(at[-1]), _keys_beside(at), 1)
            return f"{key}: there is no such setting{f'; did you mean {near[0]}?' if near else ''}"
        case "missing":
            return f"{key} is missing"
        case "value_error":
            return f"{key}: {fault['ctx']['error']}" if key else str(fault["ctx"]["error"])
        case _:
            message = fault["msg"][:1].lower() + fault["msg"][1:]
            return f"{key}: {message}"


def _keys_beside(at: KeyPath) -> list[str]:
    tables: dict[str, type[Table]] = {"per-address": PerAddressTable, "assume": AssumeTable, "expect": ExpectTable}
    table = tables.get(str(at[0]), SettingsTable) if len(at) > 1 else SettingsTable
    return [_dashed(name) for name in table.model_fields]
