"""One certificate authority, one server and as many clients as a laboratory can have, made with openssl when first needed."""

from __future__ import annotations

import functools
import subprocess
import tempfile
from pathlib import Path

from .translate import MAX_SESSIONS

_EC = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
_DAYS = "2"


@functools.cache
def certificates() -> Path:
    """A directory with `ca.crt`, and `NAME.crt` and `NAME.key` for `server` and every `dev1`…; gone when the process ends."""
    holder = tempfile.TemporaryDirectory(prefix="netlab-certificates-")
    _HOLDERS.append(holder)
    directory = Path(holder.name)
    _openssl(
        directory, "req", "-x509", *_EC, "-keyout", "ca.key", "-out", "ca.crt", "-days", _DAYS, "-subj", "/CN=netlab"
    )
    for name in ("server", *(f"dev{number}" for number in range(1, MAX_SESSIONS + 1))):
        _openssl(directory, "req", *_EC, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        _openssl(
            directory, "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial",
            "-days", _DAYS, "-out", f"{name}.crt",
        )  # fmt: skip
    return directory


_HOLDERS: list[tempfile.TemporaryDirectory[str]] = []


def _openssl(directory: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=directory, check=True, capture_output=True, timeout=30)
