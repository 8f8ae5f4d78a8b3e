"""Building an `Experiment` on this machine, asking in it, and taking it down again.

    with Laboratory(experiment) as lab:
        for answer in lab.ask_all(): …

Everything happens inside namespaces whose names begin with the laboratory's id; links between them are made inside them, so that the
host's own network never sees one. A watchdog takes the laboratory down after `LIMIT_SECONDS`, whatever became of this process.
"""

from __future__ import annotations

import os
import re
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path
from types import TracebackType

from .certificates import certificates
from .clean import NETNS_ETC, RUN_DIRECTORY, identity, remove, remove_orphans
from .topology import LIMIT_SECONDS, TRANSPORT_SERVER, WHO, AskedServer, Experiment, Namespace, Resolver, Session

STEP_SECONDS = 20
"""For any one command."""
CONNECT_SECONDS = 15
ROOT = Path(__file__).resolve().parents[2]


class LaboratoryError(Exception):
    """The laboratory could not be built: a fault of ours or of the machine, never a verdict."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one question."""

    session: Session
    server: AskedServer
    protocol: str
    by: str
    """Which resolver answered; empty if none did."""
    path: str
    """`tunnel` or `local`: where the device's routes send it."""

    @property
    def is_answered(self) -> bool:
        return bool(self.by)


class Laboratory:
    """An experiment that runs. Use it as a context manager."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self.id = f"nl{secrets.token_hex(3)}"
        self.directory = RUN_DIRECTORY / self.id
        self._watchdog: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Laboratory:
        remove_orphans()
        self.directory.mkdir(parents=True)
        (self.directory / "owner").write_text(identity(os.getpid()))
        try:
            self._build()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Takes everything down."""
        remove(self.id)
        if self._watchdog is not None:
            os.killpg(self._watchdog.pid, signal.SIGKILL)  # a session of its own: the shell and its sleep
            self._watchdog.wait()
            self._watchdog = None

    # -- asking --------------------------------------------------------------------------------------------------------------------

    def run(self, namespace: str, *command: str) -> str:
        """Output of a command in this namespace; what it says when it fails is part of it."""
        done = subprocess.run(
            ["ip", "netns", "exec", self._full(namespace), *command],
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=STEP_SECONDS,
        )
        return done.stdout

    def ask_all(self, *, seconds: int = 1) -> tuple[Answer, ...]:
        """Every question of the experiment, all at once."""
        return self.ask(self.experiment.questions(), seconds=seconds)

    def ask(self, questions: Iterable[tuple[Session, AskedServer, str]], *, seconds: int = 1) -> tuple[Answer, ...]:
        """These questions with one try of `seconds` each."""
        wanted = tuple(questions)
        by_session: dict[Session, list[tuple[AskedServer, str]]] = {}
        for session, server, protocol in wanted:
            by_session.setdefault(session, []).append((server, protocol))
        running = {
            session: subprocess.Popen(
                ["ip", "netns", "exec", self._full(session.namespace), "sh", "-c", _questions(asked, seconds)],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            for session, asked in by_session.items()
        }
        said: dict[tuple[Session, str], str] = {}
        for session, process in running.items():
            output, _ = process.communicate(timeout=STEP_SECONDS)
            for line in output.splitlines():
                label, _, text = line.partition(" ")
                said[session, label] = f"{said.get((session, label), '')}{text}\n"
        return tuple(
            Answer(
                session,
                server,
                protocol,
                by=_answerer(said.get((session, f"{server.address}/{protocol}"), "")),
                path=_path(said.get((session, f"{server.address}/route"), "")),
            )
            for session, server, protocol in wanted
        )

    # -- building ------------------------------------------------------------------------------------------------------------------

    def _full(self, namespace: str) -> str:
        return f"{self.id}-{namespace}"

    def _build(self) -> None:
        topology = self.experiment.topology
        self._watchdog = subprocess.Popen(
            ["setsid", "sh", "-c", f"sleep {LIMIT_SECONDS}; exec '{sys.executable}' -m tests.netlab.clean {self.id}"],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for session in self.experiment.sessions:
            etc = NETNS_ETC / self._full(session.namespace)
            etc.mkdir(parents=True)
            (etc / "resolv.conf").write_text(f"nameserver {self.experiment.device_resolver}\n")
        _run(["ip", "-batch", "-"], "".join(f"netns add {self._full(name)}\n" for name in topology.namespaces))
        first = self._full(next(iter(topology.namespaces)))
        links = [
            f"link add name {one.name} netns {self._full(one.namespace)} "
            f"type veth peer name {other.name} netns {self._full(other.namespace)}\n"
            for one, other in topology.links
        ]
        _run(["ip", "-n", first, "-batch", "-"], "".join(links))
        self._together({name: self._script(namespace) for name, namespace in topology.namespaces.items()})
        self._connect()

    def _script(self, namespace: Namespace) -> str:
        """A shell script that makes the namespace what it is."""
        lines = ["set -e", "cd /proc/sys/net/ipv4"]
        if namespace.forwards:
            lines += ["echo 1 >ip_forward", "echo 0 >conf/all/send_redirects", "echo 0 >conf/default/send_redirects"]
        lines.append("for f in conf/*/rp_filter; do echo 0 >$f; done")
        lines.append("for f in conf/*/send_redirects; do echo 0 >$f; done")
        lines += ["ip -batch - <<'EOF'", "link set lo up", *namespace.commands, "EOF"]
        if namespace.filters:
            lines += ["nft -f - <<'EOF'", *namespace.filters, "EOF"]
        for number, resolver in enumerate(namespace.resolvers):
            path = self.directory / f"{namespace.name}.{number}.dnsmasq"
            path.write_text(_dnsmasq(resolver))
            lines.append(f"dnsmasq --conf-file='{path}'")
        return "\n".join([*lines, ""])

    def _together(self, scripts: Mapping[str, str]) -> None:
        running = {}
        for name, script in scripts.items():
            process = subprocess.Popen(
                ["ip", "netns", "exec", self._full(name), "sh"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            assert process.stdin is not None
            process.stdin.write(script)
            process.stdin.close()
            process.stdin = None  # communicate would flush it
            running[name] = process
        for name, process in running.items():
            output, _ = process.communicate(timeout=STEP_SECONDS)
            if process.returncode:
                raise LaboratoryError(
                    f"{name} ({self.experiment.topology.namespaces[name].what}): {output}\n{scripts[name]}"
                )

    def _connect(self) -> None:
        """Starts openvpn on both sides and waits until every client says that it is connected."""
        keys = certificates()
        clients = self.directory / "clients"
        clients.mkdir()
        mask = _mask(self.experiment.vpn.prefixlen)
        for session in self.experiment.sessions:
            (clients / session.namespace).write_text(f"ifconfig-push {session.address} {mask}\n")
        server = self.directory / "server.conf"
        server.write_text(self._server_configuration(keys, clients))
        updown = self.directory / "resolv-conf.sh"
        updown.write_text(_RESOLV_CONF)
        updown.chmod(0o755)
        self._together({"cvpn": f"cd '{self.directory}' && openvpn --config server.conf --log server.log --daemon\n"})
        for session in self.experiment.sessions:
            name = session.namespace
            (self.directory / f"{name}.conf").write_text(self._client_configuration(keys, name, updown))
        start = f"cd '{self.directory}' && openvpn --daemon"
        names = [session.namespace for session in self.experiment.sessions]
        self._together({name: f"{start} --config {name}.conf --log {name}.log\n" for name in names})
        deadline = time.monotonic() + CONNECT_SECONDS
        waiting = [session.namespace for session in self.experiment.sessions]
        while waiting:
            waiting = [name for name in waiting if "Initialization Sequence Completed" not in self._log(name)]
            if waiting and time.monotonic() > deadline:
                raise LaboratoryError(f"{waiting[0]} does not connect:\n{self._log(waiting[0])}\n{self._log('server')}")
            if waiting:
                time.sleep(0.02)
        if self.experiment.vpn.enforces_routes:
            self._together({session.namespace: self._enforcement() for session in self.experiment.sessions})

    def _log(self, name: str) -> str:
        path = self.directory / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def _server_configuration(self, keys: Path, clients: Path) -> str:
        vpn = self.experiment.vpn
        mask = _mask(vpn.prefixlen)
        lines = [
            "mode server",
            "tls-server",
            "dev tun0",
            "dev-type tun",
            "topology subnet",
            f"ifconfig {vpn.gateway} {mask}",
            f"local {TRANSPORT_SERVER}",
            "proto udp4",
            "port 443",
            f"ca {keys}/ca.crt",
            f"cert {keys}/server.crt",
            f"key {keys}/server.key",
            "dh none",
            "disable-dco",
            f"client-config-dir {clients}",
            "ccd-exclusive",
            "keepalive 10 120",
            'push "topology subnet"',
            f'push "route-gateway {vpn.gateway}"',
        ]
        if vpn.is_split:
            lines += [f'push "route {network.network_address} {network.netmask}"' for network in vpn.pushed_routes]
        else:
            lines.append('push "redirect-gateway def1 bypass-dhcp"')
        lines += [f'push "dhcp-option DNS {server}"' for server in vpn.pushed_servers]
        return "\n".join([*lines, ""])

    def _client_configuration(self, keys: Path, name: str, updown: Path) -> str:
        return "\n".join(
            [
                "client",
                "dev tun0",
                "dev-type tun",
                "proto udp4",
                f"remote {TRANSPORT_SERVER} 443",
                "nobind",
                "connect-retry 1",
                f"ca {keys}/ca.crt",
                f"cert {keys}/{name}.crt",
                f"key {keys}/{name}.key",
                "disable-dco",
                # a client must not swallow its own transport, whatever the endpoint's routes are
                *([f"route {TRANSPORT_SERVER} 255.255.255.255 net_gateway"] if self.experiment.vpn.is_split else []),
                "script-security 2",
                f"up {updown}",
                "",
            ]
        )

    def _enforcement(self) -> str:
        """Client Route Enforcement: the device's own routes inside the tunnel's networks go; what carries the tunnel itself stays.

        Source: https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/cvpn-working-cre.html
        """
        lan = self.experiment.lan
        pushed = self.experiment.vpn.pushed_routes
        if self.experiment.vpn.is_split and not any(network.overlaps(lan.network) for network in pushed):
            return "true\n"
        return (
            f"set -e\nip route add {lan.gateway}/32 dev lan\n"
            f"ip route replace {TRANSPORT_SERVER}/32 via {lan.gateway} dev lan\nip route del {lan.network} dev lan\n"
        )


_RESOLV_CONF = """#!/bin/sh
# As the network manager of the seed's examples does it: servers that were pushed take the place of the device's own.
servers=$(env | sed -n 's/^foreign_option_\\([0-9]*\\)=dhcp-option DNS \\(.*\\)$/\\1 \\2/p' | sort -n | sed 's/^[0-9]* /nameserver /')
if [ -n "$servers" ]; then
    echo "$servers" >/etc/resolv.conf
fi
"""


def _dnsmasq(resolver: Resolver) -> str:
    lines = [
        "port=53",
        "bind-interfaces",
        "no-resolv",
        "no-hosts",
        "no-poll",
        "user=root",
        "pid-file=",
        "log-facility=/dev/null",
        *(f"listen-address={address}" for address in resolver.addresses),
        f'txt-record={WHO},"{resolver.name}"',
        "address=/amazon.com/176.32.103.205",
    ]
    for zone in resolver.zones:
        lines.append(f"local=/{zone.name}/")
        lines += [f"host-record={name},{address}" for name, address in zone.records]
    return "\n".join([*lines, ""])


def _questions(asked: list[tuple[AskedServer, str]], seconds: int) -> str:
    """A shell script that asks everything at once and labels each line of the answers."""
    addresses = dict.fromkeys(server.address for server, _ in asked)
    lines = [f"ip route get {address} 2>&1 | sed 's|^|{address}/route |' &" for address in addresses]
    for server, protocol in asked:
        transport = "+tcp" if protocol == "tcp" else "+notcp"
        lines.append(
            f"dig +time={seconds} +tries=1 +noall +answer {transport} @{server.address} {WHO} TXT 2>&1 "
            f"| sed 's|^|{server.address}/{protocol} |' &"
        )
    return "\n".join([*lines, "wait"])


def _answerer(text: str) -> str:
    found = re.search(r'\sTXT\s+"([^"]*)"', text)
    return found.group(1) if found else ""


def _path(text: str) -> str:
    return "tunnel" if re.search(r"\bdev tun0\b", text) else "local"


def _mask(prefixlen: int) -> IPv4Address:
    return IPv4Address((0xFFFFFFFF << (32 - prefixlen)) & 0xFFFFFFFF)


def _run(command: list[str], text: str) -> None:
    done = subprocess.run(
        command,
        input=text,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=STEP_SECONDS,
    )
    if done.returncode:
        raise LaboratoryError(f"{' '.join(command)}: {done.stdout}\n{text}")
