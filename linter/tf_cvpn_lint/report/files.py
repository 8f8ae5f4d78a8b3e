"""Reports written to files, whole or not at all."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path

from tf_cvpn_lint.core.errors import InputError


def write_files(reports: Sequence[tuple[Path, str]]) -> None:
    """Writes each text as UTF-8: all of them beside their places first, then each is moved there.

    So no reader ever sees half a file, and a report that cannot be written leaves all of the others as they were. What is no ordinary file
    (a pipe, `/dev/stdout`) is written to as it is.

    Raises:
        InputError: a file cannot be written.
    """
    waiting: list[tuple[str, Path, Path]] = []
    try:
        for file, text in reports:
            try:
                # A link keeps leading where it does; its file is replaced.
                target = Path(os.path.realpath(file))
                if target.exists() and not target.is_file():
                    target.write_text(text, "utf-8", newline="\n")
                else:
                    waiting.append((_written_beside(target, text), target, file))
            except (OSError, ValueError) as fault:
                raise _refused(file, fault) from fault
        while waiting:
            temporary, target, file = waiting[0]
            try:
                os.replace(temporary, target)  # noqa: PTH105 - the name may be no Path that prints
            except OSError as fault:
                raise _refused(file, fault) from fault
            waiting.pop(0)
    finally:
        for temporary, _, _ in waiting:
            with contextlib.suppress(OSError):
                os.unlink(temporary)  # noqa: PTH108 - as above


def _written_beside(target: Path, text: str) -> str:
    """The name of a new file in the same directory that holds the text, with the rights of the file it will replace."""
    import tempfile

    handle, temporary = tempfile.mkstemp(prefix=f".{target.name[:40]}.", suffix=".part", dir=target.parent)
    try:
        with open(handle, "w", encoding="utf-8", newline="\n") as stream:  # noqa: PTH123 - it is open already
            stream.write(text)
        if target.exists():
            os.chmod(temporary, target.stat().st_mode & 0o7777)  # noqa: PTH101
        else:
            mask = os.umask(0)
            os.umask(mask)
            os.chmod(temporary, 0o666 & ~mask)  # noqa: PTH101 - mkstemp gives nobody else a right
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)  # noqa: PTH108
        raise
    return temporary


def _refused(file: Path, fault: Exception) -> InputError:
    why = fault.strerror if isinstance(fault, OSError) and fault.strerror else str(fault)
    return InputError(f"--output {file}: cannot be written: {why}")
