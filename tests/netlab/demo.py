"""The founding document's scenarios, each with a sibling that differs in one thing, as a user on the device sees them.

python -m tests.netlab.demo            prints them
python -m tests.netlab.demo --write    writes them into README.md
"""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from tf_cvpn_lint.adapt import TYPES, adapt
from tf_cvpn_lint.read.inputs import read

from .laboratory import ROOT, Laboratory
from .translate import translate

README = Path(__file__).with_name("README.md")
BEGIN, END = "<!-- demonstration: python -m tests.netlab.demo --write -->", "<!-- end of the demonstration -->"
LAN = IPv4Network("192.168.1.0/24")


@dataclass(frozen=True, slots=True)
class Scene:
    title: str
    fixture: str
    what: str
    device: str
    """The resolver in the device's settings."""
    names: tuple[str, ...] = ("amazon.com",)


SCENES = (
    Scene(
        "Scenario 1, example 1: full tunnel, no DNS server given, the LAN's resolver",
        "seed-1-1-lan-resolver-full-tunnel",
        "The device keeps 192.168.1.1, for which it has a more specific route than the tunnel's two halves. It answers.",
        "192.168.1.1",
    ),
    Scene(
        "Its sibling: Client Route Enforcement",
        "seed-1-1-with-route-enforcement",
        "The device's own route to its LAN is taken away, and the query enters the tunnel.",
        "192.168.1.1",
    ),
    Scene(
        "Scenario 1, example 2: full tunnel, no DNS server given, a public resolver",
        "seed-1-2-public-resolver-no-internet",
        "8.8.8.8 has no route of its own, so the query enters the tunnel, and the VPC has no way to the internet.",
        "8.8.8.8",
    ),
    Scene(
        "Its sibling: the endpoint has internet access",
        "seed-1-2-public-resolver-with-internet",
        "Here the sibling is the one that works.",
        "8.8.8.8",
    ),
    Scene(
        "Scenario 2: split tunnel, two Resolver inbound endpoints behind a transit gateway",
        "seed-2-inbound-endpoints-through-transit-gateway",
        "10.10.0.0/16 is in the Client VPN route table. Public names and the private zone of the resolvers' VPC resolve.",
        "192.168.1.1",
        ("amazon.com", "test.example.local"),
    ),
    Scene(
        "Its sibling: no Client VPN route to the resolvers",
        "seed-2-without-client-route",
        "The servers are pushed all the same, and the queries leave by the user's own network.",
        "192.168.1.1",
        ("amazon.com",),
    ),
)

KEPT = (
    ";; ANSWER SECTION",
    ";; SERVER",
    ";; connection timed out",
    ";; no servers could be reached",
    ";; communications error",
)


def play(scene: Scene) -> str:
    """The scene as Markdown."""
    plan = ROOT / "fixtures" / "networks" / scene.fixture / "plan.json"
    with Path(os.devnull).open("rb") as nothing:
        network = adapt(read(str(plan), sources=(), run_show=False, stdin=nothing, types=TYPES))
    experiment = translate(network, network.endpoints[0], lan=LAN, device=IPv4Address(scene.device))
    lines = [f"### {scene.title}", "", f"`fixtures/networks/{scene.fixture}`. {scene.what}", "", "```console"]
    with Laboratory(experiment) as lab:
        device = experiment.sessions[0].namespace
        lines += ["$ cat /etc/resolv.conf | grep nameserver", lab.run(device, "grep", "nameserver", "/etc/resolv.conf")]
        lines += ["$ ip route", lab.run(device, "ip", "route")]
        for name in scene.names:
            said = lab.run(device, "dig", "+time=1", "+tries=1", name).splitlines()
            lines.append(f"$ dig +time=1 +tries=1 {name}")
            lines.append(
                "\n".join(line for line in said if line.startswith(KEPT) or (line and not line.startswith(";")))
            )
    lines.append("```")
    return "\n".join(line.rstrip("\n").replace(" \n", "\n").rstrip() for line in lines) + "\n"


def demonstration() -> str:
    with ThreadPoolExecutor(2) as pool:
        return "\n".join(pool.map(play, SCENES))


def block(text: str) -> str:
    """What README.md shows at present."""
    return text.partition(BEGIN)[2].partition(END)[0].strip("\n") + "\n"


def main(arguments: list[str]) -> int:
    shown = demonstration()
    if "--write" not in arguments:
        print(shown)
        return 0
    text = README.read_text()
    README.write_text(f"{text.partition(BEGIN)[0]}{BEGIN}\n\n{shown}\n{END}{text.partition(END)[2]}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
