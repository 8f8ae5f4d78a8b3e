"""What all suggestions of a run have in common: they name what exists in their module, and no two of them give one name to two things."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tf_cvpn_lint.config.configuration import Configuration
from tf_cvpn_lint.core.address import Address, ModulePath
from tf_cvpn_lint.core.records import replace
from tf_cvpn_lint.rules import Finding

_BLOCK = re.compile(r'^resource "(\w+)" "([\w-]+)" \{\n(?:.*\n)*?\}$', re.MULTILINE)
_REFERENCE = re.compile(r"(?<![\w.-])((?:data\.)?aws_\w+\.[\w-]+)")
_COMMENT = re.compile(r"#.*")
_WITHIN = re.compile(r"^# in \S+\n((?:(?!# in ).*\n?)*)", re.MULTILINE)
_MODULE = re.compile(r"^(# in (?:the root module|module\.\S+):\n)", re.MULTILINE)
"""The line above blocks that belong into another module."""
_DEFAULT_ROUTE = re.compile(r'^ *destination_cidr_block += "0\.0\.0\.0/0"$', re.MULTILINE)
"""What one instance of a module needs in full tunnel takes all traffic of another that splits it."""
_CHANGED = re.compile(r"^# in ((?:data\.)?\w+\.[\w-]+)(?:\[.*\])?$", re.MULTILINE)
"""The resource that the lines below are to be written into."""
_NUMBERS = re.compile(r'"(?:\d+\.\d+\.\d+\.\d+|[0-9a-f]*:[0-9a-f:]*)(?:/\d+)?"')

Names = tuple[str, ...]
"""A module by the names of its calls: all its instances are written in one place."""


def fitted(configuration: Configuration, findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings with suggestions that can be pasted as they are.

    A block that would have the name of another resource gets a name of its own. Withheld is a suggestion that names a resource which its
    module has not, and one that writes an address of one instance into a module that has several: what to do still stands in the fix, in
    words.
    """
    findings = tuple(findings)
    if not any(finding.suggestion for finding in findings):
        yield from findings
        return
    names = _Names(configuration)
    for finding in findings:
        yield replace(finding, suggestion=names.fitted(finding)) if finding.suggestion else finding


class _Names:
    def __init__(self, configuration: Configuration) -> None:
        self.existing: dict[Names, set[str]] = {}
        self.made: dict[tuple[Names, str], str] = {}
        """The blocks that were suggested, by their module and name."""
        self.instances: dict[Names | str, set[ModulePath]] = {}
        """The module instances that are written in one place: by the names of the calls, and by the file."""
        module: ModulePath | None = None
        there: set[str] = set()
        for resource in configuration.resources:  # those of a module follow each other
            if module is None or resource.address.module != module:
                module = resource.address.module
                names = _names(module)
                there = self.existing.setdefault(names, set())
                self.instances.setdefault(names, set()).add(module)
            there.add(_name(resource.address))
            if resource.location is not None:
                self.instances.setdefault(resource.location.file, set()).add(module)

    def is_shared(self, finding: Finding) -> bool:
        """Whether what is written for this finding is written for other instances of its module too."""
        location = finding.evidence.location
        places = (_names(finding.evidence.address.module), location.file if location else "")
        return any(len(self.instances.get(place, ())) > 1 for place in places)

    def fitted(self, finding: Finding) -> str:
        if self.is_shared(finding) and (
            any(_NUMBERS.search(found[1]) for found in _WITHIN.finditer(finding.suggestion))
            or _DEFAULT_ROUTE.search(finding.suggestion)
        ):
            return ""
        own, *others = _MODULE.split(finding.suggestion)
        parts = [(_names(finding.evidence.address.module), own)]
        parts += [(_named(header), text) for header, text in zip(others[::2], others[1::2], strict=True)]
        headers = ["", *others[::2]]
        made = [self._in_module(module, text) for module, text in parts]
        if any(text is None for text in made):
            return ""
        return "".join(f"{header}{text}" for header, text in zip(headers, made, strict=True))

    def _in_module(self, module: Names, text: str) -> str | None:
        """What is suggested for one module, with names that are free there; None where it names what is not there."""
        there = self.existing.get(module, set())
        for block in list(_BLOCK.finditer(text)):
            type_, label = block.groups()
            number = 1
            body = block.group()
            while True:
                name = f"{type_}.{label}" + (f"_{number}" if number > 1 else "")
                if name not in there and self.made.setdefault((module, name), body) == body:
                    break
                number += 1
            if number > 1:
                text = text.replace(body, body.replace(f'"{label}" {{', f'"{label}_{number}" {{', 1))
                text = re.sub(rf"(?<![\w.-]){re.escape(f'{type_}.{label}')}(?![\w-])", name, text)
        code = _COMMENT.sub("", text)
        own = {f"{type_}.{label}" for type_, label in _BLOCK.findall(text)}
        changed = set(_CHANGED.findall(text))
        return text if {*_REFERENCE.findall(code), *changed} <= there | own else None


def _named(header: str) -> Names:
    """The module that a line above blocks names."""
    return tuple(re.findall(r"module\.([\w-]+)", header))


def _names(module: ModulePath) -> Names:
    return tuple(step.name for step in module)


def _name(address: Address) -> str:
    return f"{'data.' if address.mode == 'data' else ''}{address.type}.{address.name}"
