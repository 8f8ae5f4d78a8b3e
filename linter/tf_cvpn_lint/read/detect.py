"""What an input is, told by its content and never by its name.

Everything that is not a plan or a state is answered in one line: what it is, and the command that makes what is needed.
"""

from __future__ import annotations

import io
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Literal

from tf_cvpn_lint.core.errors import InputError
from tf_cvpn_lint.core.records import dataclass

Program = Literal["terraform", "tofu"]

PROGRAMS: tuple[Program, ...] = ("terraform", "tofu")


class NotJsonError(InputError):
    """The user named a file of another kind, or one that was cut off or run together with another."""


class ForeignJsonError(InputError):
    """The user named JSON of another kind: a raw state, a provider schema, a log."""


class FormatVersionError(InputError):
    """The plan was written in a format this program does not know; usually Terraform is very old, or this program is."""


class BinaryPlanError(InputError):
    """The user named the file that `terraform plan -out` writes. Caught where `--run-show` is on."""


@dataclass(frozen=True, slots=True, repr=False)
class Document:
    """A plan or a state, decoded. It may hold secrets, so it has no repr and never leaves `read`."""

    name: str
    kind: Literal["plan", "state"]
    tree: Mapping[str, Any]


def shown(text: str) -> str:
    """A name for an error line: what is not printable is escaped, so that it stays one line on every terminal."""
    encodable = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in encodable
    )


_BYTE_ORDER_MARKS = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)
_UTF_8_MARK = b"\xef\xbb\xbf"
_SHOW = "terraform show -json tfplan > plan.json"
_HCL = re.compile(
    rb"^[ \t]*(?:(?:resource|data|module|variable|output|provider|locals|terraform|moved|import|check|removed)\b[^=\n]*\{"
    rb"|[\w-]+[ \t]*=[ \t]*\S)",
    re.M,
)
_HUMAN_PLAN = re.compile(
    rb"(?:Terraform|OpenTofu) will perform the following actions"
    rb"|(?:Terraform|OpenTofu) used the selected providers"
    rb"|No changes\. (?:Your infrastructure|Infrastructure is)"
    rb"|^(?:Terraform|OpenTofu) (?:planned|will)",
    re.M,
)
_JSON_BELOW = re.compile(rb'^[ \t]*\{\s*"format_version"', re.M)


def identify(data: bytes, name: str, types: Collection[str] | None = None) -> Document:
    """The plan or state in `data`; `name` is the path as the user wrote it, `-` for standard input.

    Of a large plan the tree holds only what resources of these types need; of all others, and where `types` is None, everything.

    Raises:
        InputError: it is anything else.
    """
    name = "standard input" if name == "-" else shown(name)
    text = _as_utf_8(data, name)
    start = text[:1024].lstrip()[:1]
    if start != b"{":
        raise _not_json(text, start, name)
    if types is not None and len(text) >= LARGE and (parts := _outline(text, types)) is not None:
        return Document(name, _kind(parts, name), parts)
    from pydantic_core import from_json  # a directory needs no decoder

    try:
        tree = from_json(text, allow_inf_nan=False, cache_strings="all")
    except ValueError as fault:
        raise _damaged(text, str(fault), name) from None
    assert isinstance(tree, dict)  # it begins with a brace
    return Document(name, _kind(tree, name), tree)


LARGE = 4 * 2**20
"""Bytes from which decoding everything takes longer than importing what outlines."""


def _outline(text: bytes, types: Collection[str]) -> dict[str, Any] | None:
    from tf_cvpn_lint.read.outline import outline

    return outline(text, types)


def _as_utf_8(data: bytes, name: str) -> bytes:
    """The bytes without their byte order mark."""
    if not data or data.isspace():
        raise NotJsonError(f"{name} is empty; write the plan again: {_SHOW}")
    if data.startswith(b"PK\x03\x04"):
        raise _archive(data, name)
    if data.startswith(b"\x1f\x8b"):
        raise NotJsonError(f"{name} is compressed with gzip; unpack it and pass it on: gunzip -c FILE | tf-cvpn-lint -")
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            raise _foreign_encoding(encoding, name)
    if data.startswith(_UTF_8_MARK):
        data = data[len(_UTF_8_MARK) :]
        if not data or data.isspace():
            raise NotJsonError(f"{name} is empty; write the plan again: {_SHOW}")
    head = data[:64]
    if b"\0" in head:
        # UTF-16 or UTF-32 without a mark: every other byte of Terraform's JSON is zero.
        if head[:1] == b"{" and head[1:2] == b"\0":
            raise _foreign_encoding("UTF-32" if head[2:4] == b"\0\0" else "UTF-16", name)
        if head[:1] == b"\0" and b"{" in head[:4]:
            raise _foreign_encoding("UTF-32" if head[:3] == b"\0\0\0" else "UTF-16", name)
        raise NotJsonError(f"{name} is a binary file, not a plan; make one: {_SHOW}")
    return data


def _foreign_encoding(encoding: str, name: str) -> InputError:
    return NotJsonError(
        f"{name} is text in {encoding}, which PowerShell's > writes; write UTF-8: "
        "terraform show -json tfplan | Out-File -Encoding utf8 plan.json"
    )


def _archive(data: bytes, name: str) -> InputError:
    import zipfile

    try:
        members = zipfile.ZipFile(io.BytesIO(data)).namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return NotJsonError(
            f"{name} is a zip archive that is cut off or damaged; make the plan again: terraform plan -out=tfplan"
        )
    if "tfplan" not in members:
        return NotJsonError(f"{name} is a zip archive and not a plan; make one: {_SHOW}")
    program = installed_program()
    is_file = name != "standard input"
    target = f"{name}.json" if is_file else "plan.json"
    source = name if is_file else "tfplan"
    hint = f" (or let {program} do it: --run-show)" if program and is_file else ""
    return BinaryPlanError(
        f"{name} is a plan in Terraform's binary form; make JSON of it: "
        f"{program or 'terraform'} show -json {source} > {target}{hint}"
    )


def _not_json(text: bytes, start: bytes, name: str) -> InputError:
    if _JSON_BELOW.search(text):
        return NotJsonError(f"{name} has other output before the JSON; keep only what this prints: {_SHOW}")
    if _HUMAN_PLAN.search(text):
        return NotJsonError(
            f"{name} is a plan as people read it; make JSON of it: terraform plan -out=tfplan && {_SHOW}"
        )
    if start in (b"[", b'"') or text[:64].strip()[:5] in (b"true", b"false", b"null"):
        return ForeignJsonError(f"{name} is JSON and not a plan; make one: {_SHOW}")
    if _HCL.search(text[:65536]):
        return NotJsonError(
            f"{name} is Terraform source and not a plan; pass its directory, or make a plan: terraform plan -out=tfplan && {_SHOW}"
        )
    return NotJsonError(f"{name} is not JSON; make a plan: {_SHOW}")


def _damaged(text: bytes, fault: str, name: str) -> InputError:
    place = fault[fault.rfind(" at line ") :] if " at line " in fault else ""
    if b'"@level"' in text.lstrip().split(b"\n", 1)[0]:
        return ForeignJsonError(_is_log(name))
    if fault.startswith("EOF"):
        return NotJsonError(f"{name} is JSON that breaks off{place}; write it again: {_SHOW}")
    if fault.startswith("trailing characters"):
        return NotJsonError(
            f"{name} holds more than one JSON document{place}; pass each plan as a file of its own: {_SHOW}"
        )
    if fault.startswith("recursion limit"):
        return NotJsonError(f"{name} is JSON nested too deep to be a plan{place}; make one: {_SHOW}")
    # The decoder's words name the character it expected and never quote the file.
    return NotJsonError(f"{name} is not JSON: {fault}; write it again: {_SHOW}")


def _is_log(name: str) -> str:
    return f"{name} is the log of terraform plan -json and not a plan; make one: terraform plan -out=tfplan && {_SHOW}"


_PLAN_PARTS = ("planned_values", "resource_changes", "configuration", "prior_state")


def _kind(tree: Mapping[str, Any], name: str) -> Literal["plan", "state"]:
    if "@level" in tree:
        raise ForeignJsonError(_is_log(name))
    if "lineage" in tree or ("version" in tree and "serial" in tree):
        source = "terraform.tfstate" if name == "standard input" else name
        raise ForeignJsonError(
            f"{name} is Terraform's own state file; make JSON of it: terraform show -json {source} > state.json"
        )
    if "provider_schemas" in tree:
        raise ForeignJsonError(f"{name} is a provider schema and not a plan; make one: {_SHOW}")
    if "diagnostics" in tree and "valid" in tree:
        raise ForeignJsonError(f"{name} is the answer of terraform validate -json and not a plan; make one: {_SHOW}")
    is_plan = any(part in tree for part in _PLAN_PARTS)
    version = tree.get("format_version")
    if not isinstance(version, str) or not re.fullmatch(r"\d{1,9}\.\d{1,9}", version):
        if tree and all(
            isinstance(value, Mapping) and {"sensitive", "value"} <= value.keys() for value in tree.values()
        ):
            raise ForeignJsonError(f"{name} is the answer of terraform output -json and not a plan; make one: {_SHOW}")
        if not is_plan and tree.keys() & {"resource", "module", "terraform", "provider", "variable"}:
            raise ForeignJsonError(
                f"{name} is Terraform source in JSON; name it *.tf.json and pass its directory, or make a plan: {_SHOW}"
            )
        raise ForeignJsonError(f"{name} is JSON and not a plan; make one: {_SHOW}")
    major = int(version.partition(".")[0])
    if major == 0:
        raise FormatVersionError(
            f"{name} has format {version}, which Terraform wrote before 1.1; make it again with Terraform 1.1 or later: {_SHOW}"
        )
    if major > 1:
        raise FormatVersionError(
            f"{name} has format {version}, and this version of tf-cvpn-lint knows 1.x; a newer one may know it"
        )
    if is_plan:
        return "plan"
    if "values" in tree or tree.keys() <= {"format_version", "terraform_version", "checks"}:
        return "state"
    raise ForeignJsonError(f"{name} is JSON and not a plan; make one: {_SHOW}")


def installed_program() -> Program | None:
    """The program on PATH that can read binary plans."""
    import shutil

    return next((program for program in PROGRAMS if shutil.which(program)), None)


def run_show(path: Path, program: str) -> bytes:
    """What `PROGRAM show -json` prints for a binary plan. It runs in the plan's directory, where the providers are installed.

    Raises:
        InputError: it fails; the line carries the program's own.
    """
    import subprocess

    name = shown(str(path))
    try:
        done = subprocess.run(
            [program, "show", "-json", "-no-color", f"./{path.name}"], cwd=path.parent, capture_output=True, check=False
        )
    except OSError as fault:
        raise InputError(f"{name}: {program} cannot be run: {fault.strerror}") from None
    if done.returncode:
        lines = [line.strip(" │╷╵|") for line in done.stderr.decode("utf-8", "replace").splitlines()]
        said = next(
            (line for line in lines if line.startswith("Error")),
            next((line for line in lines if line), "no reason given"),
        )
        raise InputError(f"{name}: {program} show -json failed: {shown(said)}")
    return done.stdout
