"""The rules: as a table, as Markdown, as JSON, and one by one."""

from __future__ import annotations

import json
from collections.abc import Sequence

from tf_cvpn_lint.report.page import FAINT, STRONG, Page
from tf_cvpn_lint.report.text import SEVERITY_STYLES
from tf_cvpn_lint.rules import Rule


def write_table(rules: Sequence[Rule], page: Page) -> None:
    """Id, severity, name and title of every rule."""
    widest = max((len(rule.name) for rule in rules), default=0)
    for rule in rules:
        page.line(
            (rule.id, STRONG),
            (f"  {rule.severity.value:<7}", SEVERITY_STYLES[rule.severity]),
            f"  {rule.name:<{widest}}  ",
            (rule.title, FAINT),
            hang=18,
        )


def markdown_table(rules: Sequence[Rule], link: str = "") -> str:
    """The rules as a Markdown table. `link` is a pattern with `{id}`, where the ids lead."""
    rows = ["| id | name | severity | what it finds |", "| --- | --- | --- | --- |"]
    for rule in rules:
        name = f"[{rule.id}]({link.format(id=rule.id)})" if link else rule.id
        rows.append(f"| {name} | {rule.name} | {rule.severity.value} | {_cell(rule.title)} |")
    return "\n".join(rows) + "\n"


def as_json(rules: Sequence[Rule]) -> str:
    """The rules as a JSON array."""
    entries = [
        {
            "id": rule.id,
            "name": rule.name,
            "severity": rule.severity.value,
            "title": rule.title,
            "sources": list(rule.sources),
            "page": rule.page,
        }
        for rule in rules
    ]
    return json.dumps(entries, indent=2, ensure_ascii=False) + "\n"


def markdown_page(rule: Rule) -> str:
    """The rule's page: its docstring under its id, name and severity, with its sources."""
    body = rule.page.partition("\n")[2].strip()
    sources = "\n".join(f"- <{source}>" for source in rule.sources)
    return f"# {rule.id} {rule.name}\n\n{rule.title} (*{rule.severity.value}*).\n\n{body}\n" + (
        f"\n**Sources**\n\n{sources}\n" if sources else ""
    )


def write_page(rule: Rule, page: Page, example: str = "") -> None:
    """The rule's page for a terminal, with an example in which it speaks."""
    page.line((rule.severity.value, SEVERITY_STYLES[rule.severity]), (f" {rule.id} {rule.name}", STRONG), hang=2)
    page.line(f"{rule.title}.")
    body = rule.page.partition("\n")[2].strip()
    for paragraph in body.split("\n\n"):
        page.blank()
        lines = paragraph.split("\n")
        if any(line.startswith(("    ", "```", "|")) for line in lines):
            for line in lines:
                page.exact(line)
            continue
        for item in _items(lines):
            page.line(*_styled(item), hang=2 if item.startswith(("- ", "* ")) else 0)
    if example:
        page.blank()
        page.line(("Example", STRONG))
        for line in example.rstrip("\n").split("\n"):
            page.exact(line, indent=2)
    if rule.sources:
        page.blank()
        page.line(("Sources", STRONG))
        for source in rule.sources:
            page.line((source, FAINT), indent=2)


def _items(lines: list[str]) -> list[str]:
    """A paragraph as one text, a list as one text for each item."""
    items: list[str] = []
    for line in lines:
        if items and not line.startswith(("- ", "* ")):
            items[-1] += f" {line.strip()}"
        else:
            items.append(line.strip())
    return items


def _styled(text: str) -> list[tuple[str, str]]:
    """`**strong**` becomes bold; code keeps its marks, which read well as they are."""
    return [(part, STRONG if index % 2 else "") for index, part in enumerate(text.split("**"))]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
