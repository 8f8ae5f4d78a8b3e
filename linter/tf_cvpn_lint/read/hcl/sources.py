"""The files of one module's directory, as declarations that are parsed when somebody asks for them.

Which files count, and how override files are merged, is Terraform's: https://developer.hashicorp.com/terraform/language/files
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from tf_cvpn_lint.core.evidence import Gap, Location
from tf_cvpn_lint.core.files import may_enter, read_below, read_named
from tf_cvpn_lint.core.records import dataclass, field, replace
from tf_cvpn_lint.read.hcl.blocks import Block, is_blank, split_blocks, statements
from tf_cvpn_lint.read.hcl.syntax import Attribute, BlockBody, NestedBlock, Span, Unparsed


@dataclass(slots=True)
class Declaration:
    """A top-level block of a module, parsed on demand; blocks of override files that change it included."""

    type: str
    labels: tuple[str, ...]
    location: Location
    text: str
    """As written; for JSON the whole file."""
    _read: Callable[[], BlockBody]
    overrides: list[Declaration] = field(default_factory=list)
    _body: BlockBody | None = None

    @property
    def body(self) -> BlockBody:
        if self._body is None:
            body = self._read()
            for override in self.overrides:
                body = _merged(body, override.body)
            self._body = body
        return self._body


@dataclass(slots=True)
class ModuleSources:
    """Everything that is declared in one directory."""

    directory: Path
    label: str
    """The directory relative to what the user named, with `/` at the end; empty for that directory itself."""
    declarations: dict[str, list[Declaration]] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)
    names: set[tuple[str, tuple[str, ...]]] = field(default_factory=set)
    """Types and labels of what may be declared once only."""

    unread: list[tuple[Gap, str | None]] = field(default_factory=list)
    """Text that is no block, or of which nothing is known (None): what may be declared in it. The gaps are among `gaps`."""

    is_summary: bool = False
    """What is known of a module that is not downloaded; its files are ours and no place to point a reader to."""

    def of_type(self, type_: str) -> list[Declaration]:
        return self.declarations.get(type_, [])

    def leave_out(self, gap: Gap, text: str | None) -> None:
        """Notes text that was not read."""
        self.gaps.append(gap)
        self.unread.append((gap, text))

    @property
    def is_empty(self) -> bool:
        return not any(self.declarations.values())


def is_ignored(name: str) -> bool:
    """Editors' leftovers and hidden files, which Terraform does not read."""
    return name.startswith(".") or name.endswith("~") or (name.startswith("#") and name.endswith("#"))


def file_names(directory: Path) -> list[str]:
    """The files of a directory that Terraform would look at, in its order.

    Raises:
        OSError: the directory cannot be listed.
    """
    with os.scandir(directory) as entries:
        return sorted(entry.name for entry in entries if not is_ignored(entry.name) and entry.is_file())


def configuration_files(directory: Path) -> tuple[list[Path], list[Path]]:
    """The files of a module and its override files, each in Terraform's order.

    A `.tofu` file stands for the `.tf` file of the same name (OpenTofu reads both, and prefers it).

    Raises:
        OSError: the directory cannot be listed.
    """
    names = file_names(directory)
    present = set(names)
    plain: list[Path] = []
    overriding: list[Path] = []
    for name in names:
        stem = next(
            (name[: -len(end)] for end in (".tf", ".tofu", ".tf.json", ".tofu.json") if name.endswith(end)), None
        )
        if stem is None:
            continue
        if (name.endswith(".tf") and f"{stem}.tofu" in present) or (
            name.endswith(".tf.json") and f"{stem}.tofu.json" in present
        ):
            continue
        overrides = stem == "override" or stem.endswith("_override")
        (overriding if overrides else plain).append(directory / name)
    return plain, overriding


def read_text(path: Path, root: Path | None = None) -> str:
    """A source file's text, newlines as `\\n`, without a byte order mark.

    `root` is the root module's directory, out of whose tree no link may lead; None where the user named the file.

    Raises:
        OSError: it cannot be read.
        ValueError: it is not UTF-8, too large, or no file that is read (`UnfitError`).
    """
    data = read_named(path) if root is None else read_below(path, root)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise ValueError("not UTF-8 text") from fault
    if "\0" in text:
        raise ValueError("not UTF-8 text")
    return text.replace("\r\n", "\n") if "\r" in text else text


def read_sources(directory: Path, label: str, root: Path | None = None) -> ModuleSources:
    """The declarations of the module in `directory`. What cannot be read is in `gaps`; a directory that is not there has nothing.

    `root` is the root module's directory where that is another one.
    """
    sources = ModuleSources(directory, label)
    root = root or directory
    if not may_enter(directory, root):
        sources.leave_out(Gap(label or ".", "the directory", "outside of the configuration's tree"), None)
        return sources
    try:
        plain, overriding = configuration_files(directory)
    except OSError as fault:
        sources.leave_out(Gap(label or ".", "the directory", fault.strerror or "cannot be read"), None)
        return sources
    for path in plain:
        for declaration in _declarations(path, sources, root):
            _add(sources, declaration)
    for path in overriding:
        for declaration in _declarations(path, sources, root):
            _override(sources, declaration)
    return sources


def read_summary(text: str, name: str, directory: Path) -> ModuleSources:
    """A summary of a public module, as its declarations."""
    sources = ModuleSources(directory, "", is_summary=True)
    for block in split_blocks(text, name):
        _add(sources, Declaration(block.type, block.labels, block.location, block.text, _reader(block, sources)))
    return sources


def _add(sources: ModuleSources, declaration: Declaration) -> None:
    unique = declaration.type not in ("locals", "terraform", "provider", "moved", "import", "removed", "check")
    if unique and (declaration.type, declaration.labels) in sources.names:
        name = ".".join(declaration.labels)
        sources.gaps.append(
            Gap(
                name,
                "the second declaration",
                "declared more than once in this module; the first is taken",
                declaration.location,
            )
        )
        return
    sources.names.add((declaration.type, declaration.labels))
    sources.declarations.setdefault(declaration.type, []).append(declaration)


def _override(sources: ModuleSources, declaration: Declaration) -> None:
    for original in sources.declarations.get(declaration.type, []):
        if declaration.type == "locals":
            break
        if original.labels == declaration.labels and _alias(original) == _alias(declaration):
            original.overrides.append(declaration)
            return
    if declaration.type == "locals":
        sources.declarations.setdefault("locals", []).insert(0, declaration)  # the first definition of a name counts
    else:
        _add(sources, declaration)


def _alias(declaration: Declaration) -> str:
    found = re.search(r'\balias"?\s*[=:]\s*"([^"]*)"', declaration.text) if declaration.type == "provider" else None
    return found[1] if found else ""


def _merged(body: BlockBody, override: BlockBody) -> BlockBody:
    """Arguments replace arguments; nested blocks replace all of their type, except that `lifecycle` merges its arguments."""
    replaced = {block_name(block) for block in override.blocks} - {"lifecycle"}
    # A nested block in the override also replaces an attribute of that name and the other way round (JSON has no blocks).
    attributes = {name: one for name, one in body.attributes.items() if name not in replaced} | dict(
        override.attributes
    )
    kept = [
        block
        for block in body.blocks
        if block_name(block) not in replaced and block_name(block) not in override.attributes
    ]
    blocks = (*kept, *override.blocks)
    return BlockBody(attributes, blocks, body.duplicates, body.is_whole and override.is_whole)


def block_name(block: NestedBlock) -> str:
    """What a nested block makes: the label of a `dynamic` block, otherwise its type."""
    return block.labels[0] if block.type == "dynamic" and block.labels else block.type


def _declarations(path: Path, sources: ModuleSources, root: Path) -> Iterator[Declaration]:
    file = f"{sources.label}{path.name}"
    try:
        text = read_text(path, root)
    except (OSError, ValueError) as fault:
        why = fault.strerror if isinstance(fault, OSError) and fault.strerror else str(fault)
        sources.leave_out(Gap(file, "the file", why, Location(file, 1)), None)
        return
    if path.name.endswith(".json"):
        yield from _json_declarations(text, file, sources)
        return
    blocks = split_blocks(text, file)
    if any(block.fault for block in blocks):
        whole = _whole_file(text, file)
        if whole is not None:
            yield from whole
            return
    for block in blocks:
        if block.fault and block.type:
            subject = ".".join((block.type, *block.labels))
            sources.gaps.append(Gap(subject, "the block", block.fault, block.location))
        elif block.fault:
            sources.leave_out(Gap(file, "text between blocks", block.fault, block.location), block.text)
        if block.type:
            yield Declaration(block.type, block.labels, block.location, block.text, _reader(block, sources))


def _whole_file(text: str, file: str) -> list[Declaration] | None:
    """The file as the parser divides it, where our own division met something it does not know."""
    from tf_cvpn_lint.read.hcl.parse import parse_file_body
    from tf_cvpn_lint.read.hcl.templates import HclSyntaxError

    try:
        body = parse_file_body(text, file)
    except HclSyntaxError:
        return None
    lines = text.split("\n")
    found = []
    for block in body.blocks:
        written = "\n".join(lines[block.location.line - 1 : block.location.end_line])
        found.append(Declaration(block.type, block.labels, block.location, written, lambda block=block: block.body))  # type: ignore[misc]
    return found


def _reader(block: Block, sources: ModuleSources) -> Callable[[], BlockBody]:
    def read() -> BlockBody:
        from tf_cvpn_lint.read.hcl.parse import parse_body
        from tf_cvpn_lint.read.hcl.templates import HclSyntaxError

        try:
            body = parse_body(block)
        except HclSyntaxError:
            body = _piecewise(block, block.body_start, block.body_end, sources)
        if block.fault and body.is_whole:
            body = replace(body, is_whole=False)
        for duplicate in body.duplicates:
            sources.gaps.append(
                Gap(
                    ".".join((block.type, *block.labels)),
                    duplicate.name,
                    "set twice; the first is taken",
                    duplicate.location,
                )
            )
        return body

    return read


def _piecewise(block: Block, start: int, end: int, sources: ModuleSources) -> BlockBody:
    """The body of a block that does not parse, statement by statement: what is wrong with one costs that one."""
    from tf_cvpn_lint.read.hcl.blocks import Lines
    from tf_cvpn_lint.read.hcl.parse import parse_expression
    from tf_cvpn_lint.read.hcl.templates import HclSyntaxError

    lines = Lines(block.text)
    attributes: dict[str, Attribute] = {}
    blocks: list[NestedBlock] = []
    duplicates: list[Attribute] = []
    at, is_whole = start, True
    for statement in statements(block.text, start, end):
        is_whole = _is_read(block, at, statement.start, sources) and is_whole
        at = statement.end
        line = lines.line(statement.start) + block.line - 1
        written = block.text[statement.start : statement.end].rstrip()
        location = Location(block.file, line, lines.column(statement.start), line + written.count("\n"))
        if statement.is_block:
            body = _piecewise(block, statement.value, max(statement.value, statement.end - 1), sources)
            if block.text[statement.end - 1] != "}":
                body = replace(body, is_whole=False)
            type_ = "dynamic" if statement.is_dynamic else statement.name
            blocks.append(NestedBlock(type_, statement.labels, body, location))
            continue
        first = lines.line(statement.value)
        try:
            expression = parse_expression(
                block.text[statement.value : statement.end],
                block.file,
                first + block.line - 1,
                lines.column(statement.value),
            )
        except HclSyntaxError as fault:
            where = Location(
                block.file, lines.line(min(statement.value + fault.offset, len(block.text))) + block.line - 1
            )
            sources.gaps.append(
                Gap(".".join((block.type, *block.labels)), statement.name, f"cannot be parsed: {fault.why}", where)
            )
            expression = Unparsed(fault.why, Span(location.line, location.column, location.end_line))
        attribute = Attribute(statement.name, expression, location)
        if statement.name in attributes:
            duplicates.append(attribute)
        else:
            attributes[statement.name] = attribute
    is_whole = _is_read(block, at, end, sources) and is_whole
    return BlockBody(attributes, tuple(blocks), tuple(duplicates), is_whole)


def _is_read(block: Block, start: int, end: int, sources: ModuleSources) -> bool:
    """Whether nothing was passed over between these offsets; a gap where something was."""
    if is_blank(block.text, start, end):
        return True
    line = block.line + block.text.count("\n", 0, start)
    subject = ".".join((block.type, *block.labels))
    sources.gaps.append(
        Gap(subject, "text in the block", "is neither an argument nor a block", Location(block.file, line))
    )
    return False


def _json_declarations(text: str, file: str, sources: ModuleSources) -> Iterator[Declaration]:
    from tf_cvpn_lint.read.hcl.json_syntax import read_json_blocks
    from tf_cvpn_lint.read.hcl.templates import HclSyntaxError

    try:
        blocks = read_json_blocks(text, file)
    except HclSyntaxError as fault:
        line = text.count("\n", 0, fault.offset) + 1
        sources.leave_out(Gap(file, "the file", fault.why, Location(file, line)), text)
        return
    for block in blocks:
        yield Declaration(block.type, block.labels, block.location, text, lambda block=block: block.body)  # type: ignore[misc]


class Reader:
    """Reads each directory once. Labels are relative to the root that the user named."""

    def __init__(self, root: Path) -> None:
        self.root = Path(os.path.normpath(root))
        self.read: dict[Path, ModuleSources] = {}

    def sources(self, directory: Path) -> ModuleSources:
        directory = Path(os.path.normpath(directory))
        if directory not in self.read:
            relative = os.path.relpath(directory, self.root).replace(os.sep, "/")
            self.read[directory] = read_sources(directory, "" if relative == "." else f"{relative}/", self.root)
        return self.read[directory]


MENTIONS = re.compile(r"client_vpn|client-vpn", re.IGNORECASE)
"""What a configuration about Client VPN must say somewhere: a resource type, or a call of the AWS command line in a provisioner."""
