"""Files of reports: whole or not at all."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from tf_cvpn_lint.core.errors import InputError
from tf_cvpn_lint.report.files import write_files


def test_a_file_is_replaced_and_nothing_stays_beside_it(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    (tmp_path / "a").chmod(0o640)
    write_files([(tmp_path / "a", "neü\n"), (tmp_path / "b", "x")])
    assert (tmp_path / "a").read_bytes() == "neü\n".encode()
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640
    mask = os.umask(0)
    os.umask(mask)
    assert (tmp_path / "b").stat().st_mode & 0o777 == 0o666 & ~mask
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["a", "b"]


def test_one_that_cannot_be_written_leaves_all_as_they_were(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    with pytest.raises(InputError, match=r"--output .*gone/b: cannot be written: No such file or directory"):
        write_files([(tmp_path / "a", "new"), (tmp_path / "gone" / "b", "x")])
    assert (tmp_path / "a").read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a"]


def test_a_text_that_is_none_leaves_no_half_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written"):
        write_files([(tmp_path / "a", "half \ud800")])
    assert list(tmp_path.iterdir()) == []


def test_a_move_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(source: str, target: Path) -> None:
        raise OSError(13, "Permission denied")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(InputError, match="Permission denied"):
        write_files([(tmp_path / "a", "x"), (tmp_path / "b", "y")])
    assert list(tmp_path.iterdir()) == []


def test_a_link_is_followed_and_kept(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    write_files([(tmp_path / "link", "new")])
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    write_files([(pipe, "told")])
    reader.join(10)
    assert read == ["told"]
