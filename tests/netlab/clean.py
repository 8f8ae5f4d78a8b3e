"""Removing laboratories: those whose owner is dead, or all of one id.

    python -m tests.netlab.clean          removes what dead owners left
    python -m tests.netlab.clean nl3f2a1c removes this laboratory

A laboratory is a directory of its own under the run directory, which names its owner, and namespaces whose names begin with its id. Only
processes inside those namespaces are ended.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

RUN_DIRECTORY = Path("/run/tf-cvpn-netlab")
NAMESPACES = Path("/run/netns")
NETNS_ETC = Path("/etc/netns")
"""`ip netns exec` puts what it finds here over the files of /etc."""
_ID = re.compile(r"nl[0-9a-f]{6}")


def remove(lab: str) -> None:
    """Ends everything that runs in this laboratory's namespaces and deletes them. Nothing to remove is fine."""
    if not _ID.fullmatch(lab):
        raise ValueError(f"{lab!r} is not the id of a laboratory")
    names = sorted(path.name for path in NAMESPACES.glob(f"{lab}-*"))
    for _ in range(2):  # a second look: something may have been started while the first was going on
        for pid in _processes(names):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    if names:
        lines = "".join(f"netns delete {name}\n" for name in names)
        command = ["ip", "-force", "-batch", "-"]
        subprocess.run(command, check=False, capture_output=True, text=True, input=lines, timeout=60)
    for name in names:
        shutil.rmtree(NETNS_ETC / name, ignore_errors=True)
    shutil.rmtree(RUN_DIRECTORY / lab, ignore_errors=True)


def _processes(namespaces: Iterable[str]) -> list[int]:
    """Whatever runs in one of these, in one pass over /proc; `ip netns pids` takes one for each."""
    wanted = {found for name in namespaces if (found := _inode(NAMESPACES / name))}
    return [int(each.name) for each in Path("/proc").glob("[0-9]*") if wanted and _inode(each / "ns" / "net") in wanted]


def _inode(path: Path) -> tuple[int, int] | None:
    """What tells one namespace from another; None where it is gone, or not ours to see."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def owner_of(lab: str) -> str:
    """`PID STARTTIME`, as the laboratory wrote it; empty if it did not come that far."""
    try:
        return (RUN_DIRECTORY / lab / "owner").read_text()
    except OSError:
        return ""


def identity(pid: int) -> str:
    """`PID STARTTIME` of a running process, which a reused pid does not share; empty if there is none."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return f"{pid} {fields[19]}"  # starttime, field 22 of proc(5)


def remove_orphans() -> tuple[str, ...]:
    """Removes every laboratory whose owner is dead; their ids."""
    removed = []
    for directory in sorted(RUN_DIRECTORY.glob("nl*")) if RUN_DIRECTORY.is_dir() else ():
        owner = owner_of(directory.name)
        if identity(int(owner.split()[0])) == owner if owner else _is_young(directory):
            continue
        remove(directory.name)
        removed.append(directory.name)
    return tuple(removed)


def _is_young(directory: Path) -> bool:
    """Whether its owner may just be writing its name, or somebody else is removing it."""
    try:
        return time.time() - directory.stat().st_mtime < 5
    except FileNotFoundError:
        return True


def main(arguments: list[str]) -> int:
    if arguments:
        for lab in arguments:
            remove(lab)
            print(f"removed {lab}")
        return 0
    for lab in remove_orphans():
        print(f"removed {lab}, whose owner is gone")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
