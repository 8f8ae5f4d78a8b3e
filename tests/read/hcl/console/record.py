"""Records what `terraform console` answers to every expression of `expressions.txt`, in `recorded.json`.

`make console` runs it, with a Terraform in the path: 1.11 for what is kept here. With `--new` only expressions that have no record are asked, and
the others keep theirs. Per expression: the value as the
text of its JSON (exact, also for numbers), its type on one line, whether it is marked sensitive; or the error's text; or that it is
unknown to the console too.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue

HERE = Path(__file__).parent
WORKERS = 2


def expressions() -> list[str]:
    lines = (HERE / "expressions.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("# ")]


def ask(directory: Path, expression: str) -> tuple[bool, str]:
    """Whether it was answered, and the answer or the error on one line."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
    environment |= {"TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1"}
    done = subprocess.run(
        ["terraform", "console", "-no-color"],
        input=expression,
        capture_output=True,
        text=True,
        cwd=directory,
        env=environment,
        check=False,
    )
    if done.returncode:
        text = re.sub(r"\s+", " ", re.sub(r"[│╷╵]|\x1b\[[0-9;]*m", " ", done.stderr + done.stdout))
        text = re.sub(r".*?Error: ", "", text, count=1).strip()
        text = re.sub(r"on <console-input> line \d+:.*?\(source code not available\) ", "", text)
        return False, text.split("goroutine")[0].strip()[:300]
    return True, done.stdout.strip()


def one_line(type_: str) -> str:
    return re.sub(r",(?=[\])}])", "", re.sub(r"\s+", "", type_))


def record(directory: Path, expression: str) -> dict[str, object]:
    answered, text = ask(
        directory, f"base64encode(nonsensitive(jsonencode({{v = ({expression}), s = issensitive({expression})}})))"
    )
    if not answered:
        # the wrapping is not to blame: ask for the plain expression
        plain, why = ask(directory, expression)
        if plain:
            return {"expression": expression, "unwritable": why}
        return {"expression": expression, "error": why}
    if not text.startswith('"'):
        return {"expression": expression, "unknown": True}
    encoded = base64.b64decode(text.strip('"')).decode()
    found = re.fullmatch(r'\{"s":(true|false),"v":(.*)\}', encoded, re.DOTALL)
    assert found, encoded
    typed, type_ = ask(directory, f"type({expression})")
    assert typed, (expression, type_)
    made: dict[str, object] = {"expression": expression, "json": found[2], "type": one_line(type_)}
    if found[1] == "true":
        made["sensitive"] = True
    return made


def main() -> None:
    path = HERE / "recorded.json"
    kept = {one["expression"]: one for one in json.loads(path.read_text("utf-8"))} if "--new" in sys.argv else {}
    given = [one for one in expressions() if one not in kept]
    with tempfile.TemporaryDirectory() as temporary:
        free: Queue[Path] = Queue()  # a console locks its directory
        for number in range(WORKERS):
            free.put(shutil.copytree(HERE / "directory", Path(temporary) / str(number) / "directory"))

        def recorded(expression: str) -> dict[str, object]:
            directory = free.get()
            try:
                return record(directory, expression)
            finally:
                free.put(directory)

        with ThreadPoolExecutor(WORKERS) as pool:
            records = list(pool.map(recorded, given))
    kept |= {str(one["expression"]): one for one in records}
    lines = ",\n".join(json.dumps(kept[one], ensure_ascii=False) for one in expressions())
    path.write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    print(f"{len(records)} expressions asked, {len(kept) - len(records)} kept")


if __name__ == "__main__":
    main()
