"""Starts a rule: its module, its fixtures and its line in the catalogue.

`python -m tools.rule CVPN135 dns-fault-in-words "The title, a sentence" --severity warning` (or `make rule ID=… NAME=… TITLE=…`).
What it writes is a rule that never speaks, with three fixtures that are clean: the tests fail until it does what its page says.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from tf_cvpn_policies import RULES

ROOT = Path(__file__).resolve().parent.parent
CLEAN = "CVPN404/silent"
"""The fixture from which new ones start: a small network that works."""
CASES = {
    "fires": "TODO: tell the network in which the fault is, and mark its line with `# finds: {id}`.",
    "silent": "TODO: the nearest network without the fault.",
    "unsure": "TODO: the same where what decides is not known.",
}

MODULE = '''\
"""{title}.

TODO: what happens to which traffic.

TODO: why it matters.

**Fix**: TODO: what to write instead.

**Cannot see**: TODO: what Terraform does not tell.
"""

from __future__ import annotations

from collections.abc import Iterator

from tf_cvpn_lint.rules import Finding, Rule, Severity, View, rule


@rule("{id}", "{name}", Severity.{severity}, sources=("https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/what-is.html",))
def check(rule: Rule, view: View) -> Iterator[Finding]:
    yield from ()
'''


class RefusedError(ValueError):
    """The id, name or title is none, or is taken."""


def start(root: Path, id_: str, name: str, title: str, severity: str) -> list[Path]:
    """Writes the files of a new rule below `root` and names it in the catalogue; the files, in the order to edit them.

    Raises:
        RefusedError: with what to change.
    """
    if not re.fullmatch(r"CVPN[1-4]\d\d", id_):
        raise RefusedError(f"{id_} is no id of a rule: CVPN1xx (the query dies) to CVPN4xx (it could be sturdier)")
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", name):
        raise RefusedError(f"{name} is no name of a rule: it states the fault, in small letters with hyphens")
    if not title.strip() or title != title.strip().rstrip("."):
        raise RefusedError("the title is a sentence without its full stop")
    policies = root / "policies" / "tf_cvpn_policies"
    module = policies / f"{name.replace('-', '_')}.py"
    fixtures = root / "fixtures" / "rules" / id_
    if module.exists() or fixtures.exists() or any(id_ == rule.id or name == rule.name for rule in RULES):
        raise RefusedError(f"{id_} {name}: the id or the name is taken, and ids are never used again")
    clean = (root / "fixtures" / "rules" / CLEAN / "main.tf").read_text("utf-8")
    terraform = clean[clean.index("terraform {") :]
    module.write_text(MODULE.format(id=id_, name=name, title=title, severity=severity.upper()), "utf-8")
    written = [module]
    for case, comment in CASES.items():
        file = fixtures / case / "main.tf"
        file.parent.mkdir(parents=True)
        file.write_text(f"# {comment.format(id=id_)}\n\n{terraform}", "utf-8")
        written.append(file)
    _name(policies / "__init__.py", module.stem, id_)
    return [*written, policies / "__init__.py"]


def _name(catalogue: Path, module: str, id_: str) -> None:
    """The import, in the order of the alphabet, and the entry, in the order of the ids."""
    text = catalogue.read_text("utf-8")
    imported = re.search(r"from tf_cvpn_policies import \(\n(.*?)\)\n", text, re.DOTALL)
    listed = re.search(r"RULES: tuple\[Rule, \.\.\.\] = \(\n(.*?)\)\n", text, re.DOTALL)
    if imported is None or listed is None:
        raise RefusedError(f"{catalogue.name} has another shape than this program knows; name the rule there by hand")
    names = sorted([*imported[1].splitlines(), f"    {module},"])
    entries = listed[1].splitlines()
    entries.insert(sum(rule.id < id_ for rule in RULES), f"    {module}.check,")
    text = text.replace(listed[0], listed[0].replace(listed[1], "\n".join(entries) + "\n"))
    text = text.replace(imported[0], imported[0].replace(imported[1], "\n".join(names) + "\n"))
    catalogue.write_text(text, "utf-8")


def main(arguments: list[str] | None = None) -> int:
    """Writes, and says what is left to do; 2 where the words do not fit."""
    parser = argparse.ArgumentParser(prog="python -m tools.rule", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("id", help="CVPN135; ids are never used again")
    parser.add_argument("name", help="dns-not-authorized: the fault, without verb or remedy")
    parser.add_argument("title", help="the first line of its page")
    parser.add_argument("--severity", choices=("error", "warning", "note"), default="error")
    given = parser.parse_args(arguments)
    try:
        files = start(ROOT, given.id, given.name, given.title, given.severity)
    except RefusedError as fault:
        print(fault, file=sys.stderr)
        return 2
    for file in files:
        print(file.relative_to(ROOT))
    print(
        "Now: write the page and check(), tell the three fixtures, `make plans docs`, and add a line to CHANGELOG.md."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
