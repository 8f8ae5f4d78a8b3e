"""Whether this machine can run a laboratory."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from pathlib import Path

PROGRAMS = {
    "ip": "iproute2",
    "nft": "nftables",
    "openvpn": "openvpn",
    "openssl": "openssl",
    "dnsmasq": "dnsmasq-base",
    "dig": "bind9-dnsutils",
    "setsid": "util-linux",
}
"""Program and the Debian package that has it."""
REQUIRE = "TF_CVPN_LINT_REQUIRE_NETLAB"
HOW = "run as root: apt-get install openvpn nftables dnsmasq-base bind9-dnsutils iproute2 && make netlab"


@functools.cache
def missing() -> str:
    """What is missing, in words; empty where a laboratory can run."""
    packages = sorted({package for program, package in PROGRAMS.items() if shutil.which(program) is None})
    if packages:
        return f"these packages are missing: {', '.join(packages)}"
    if os.geteuid() != 0:
        return "network namespaces need root"
    if not Path("/dev/net/tun").exists():
        return "/dev/net/tun is missing"
    name = f"nlprobe{os.getpid()}"
    made = subprocess.run(["ip", "netns", "add", name], check=False, capture_output=True, text=True, timeout=20)
    if made.returncode:
        return f"network namespaces cannot be made: {made.stderr.strip()}"
    try:
        for command in (
            ["ip", "-n", name, "link", "add", "name", "probe0", "type", "veth", "peer", "name", "probe1"],
            ["ip", "netns", "exec", name, "nft", "add", "table", "ip", "probe"],
        ):
            tried = subprocess.run(command, check=False, capture_output=True, text=True, timeout=20)
            if tried.returncode:
                return f"`{' '.join(command[:1] if command[1] == '-n' else command[4:5])}` fails here: {tried.stderr.strip()}"
    finally:
        subprocess.run(["ip", "netns", "delete", name], check=False, capture_output=True, timeout=20)
    return ""


def is_required() -> bool:
    return os.environ.get(REQUIRE, "") == "1"
