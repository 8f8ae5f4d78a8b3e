"""The rules of tf-cvpn-lint as checks of Checkov: `checkov --external-checks-dir "$(tf-cvpn-lint checkov-dir)" …`.

Nothing is judged here. Our program runs once for each plan or root directory, and each check reads from its answer what concerns the
resource it is asked about. Checkov counts a check that raises as one that has nothing to say, so whatever goes wrong is FAILED here.
"""

from __future__ import annotations

import importlib.util
import os
import re
from pathlib import Path
from typing import Any

from checkov.common.models.enums import CheckCategories, CheckResult
from checkov.terraform.checks.module.base_module_check import BaseModuleCheck
from checkov.terraform.checks.resource.base_resource_check import BaseResourceCheck

try:
    from checkov.common.bridgecrew.severities import BcSeverities, Severities

    SEVERITIES = {
        "error": Severities[BcSeverities.HIGH],
        "warning": Severities[BcSeverities.MEDIUM],
        "note": Severities[BcSeverities.LOW],
    }
except Exception:
    SEVERITIES = {}


def _beside() -> Any:
    """The module `__init__.py` of this folder, which Checkov does not load."""
    spec = importlib.util.spec_from_file_location("tf_cvpn_lint_checks_bridge", Path(__file__).with_name("__init__.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


bridge = _beside()
ENDPOINT = "aws_ec2_client_vpn_endpoint"
JUDGED = "CKV_CVPN_000"
"""The check that every DNS server was judged at all."""
_MENTIONS = re.compile(rb"client_vpn|client-vpn", re.IGNORECASE)


class Scene:
    """The resources of one plan or root directory that Checkov scans."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.resources: dict[str, str] = {}
        """Types by addresses."""
        self.modules: set[str] = set()
        self.files: set[str] = set()

    def endpoints(self) -> list[str]:
        return [address for address, type_ in self.resources.items() if type_ == ENDPOINT]

    def for_all(self) -> list[str]:
        """Where things are said that concern the whole input: at its endpoints; where Checkov sees none, at one resource or module."""
        return self.endpoints() or sorted(self.resources)[:1] or sorted(self.modules)[:1]

    def mentions(self) -> bool:
        """Whether the input has anything to do with Client VPN. What cannot be read may."""
        files = set(self.files)
        place = Path(self.path)
        if place.is_dir():
            installed = place / ".terraform" / "modules"
            files.update(str(file) for found in (place, installed) for file in found.glob("*.t*f*"))
            files.update(str(file) for file in installed.rglob("*.t*f*"))
        try:
            return any(_MENTIONS.search(Path(file).read_bytes()) for file in sorted(files) if Path(file).is_file())
        except OSError:
            return True

    def at(self, address: str | None) -> list[str]:
        """The resources that an address of ours means. Checkov knows the instances of `count` and `for_each` not everywhere."""
        if address is None:
            return []
        if address in self.resources:
            return [address]
        plain = bridge.without_keys(address)
        return [known for known in self.resources if bridge.without_keys(known) == plain]

    def anchors(self, finding: dict[str, Any]) -> list[str]:
        """Where a finding is told: at the resource at fault and at the endpoint; where Checkov sees neither, where it cannot be missed."""
        found = [*self.at(finding["address"]), *self.at(finding["endpoint"])]
        if not found:
            outermost = ".".join(bridge.without_keys(finding["address"]).split(".")[:2])
            found = [module for module in sorted(self.modules) if bridge.without_keys(module) == outermost]
        return found or self.for_all()


class Scan:
    """One graph of Checkov, by inputs."""

    def __init__(self, graph: Any) -> None:
        self.graph = graph  # kept: what it holds is known by identity
        self.scenes: dict[str, Scene] = {}
        self.of_conf: dict[int, str] = {}
        self.by_address: dict[str, set[tuple[str, str]]] = {}
        self.told: dict[str, dict[tuple[str, str], list[dict[str, Any]]]] = {}
        self.mentioned: dict[str, bool] = {}
        for node in _nodes(graph):
            kind, file = node.get("block_type_"), node.get("file_path_")
            address = node.get("__address__")
            if kind not in ("resource", "module", "data") or not isinstance(file, str):
                continue
            path = _input_of(node, file)
            scene = self.scenes.setdefault(path, Scene(path))
            scene.files.add(file)
            if kind == "data":
                continue
            conf, type_ = _conf_of(node, kind)
            address = address or (conf or {}).get("__address__") or _module_address(node)
            if not isinstance(address, str):
                continue
            if kind == "module":
                scene.modules.add(address)
            elif type_ in SUPPORTED:
                scene.resources[address] = type_
            if conf is not None:
                self.of_conf[id(conf)] = path
            self.by_address.setdefault(address, set()).add((path, file))

    def inputs(self, conf: dict[str, Any], address: str, scanned_file: str) -> list[str]:
        """The plan or root directories that the resource belongs to: one, wherever Checkov tells them apart."""
        plan = conf.get("__file__")
        if isinstance(plan, list) and plan and isinstance(plan[0], str):
            return [plan[0]]
        if id(conf) in self.of_conf:
            return [self.of_conf[id(conf)]]
        known = self.by_address.get(address, set())
        here = {path for path, file in known if file.endswith(scanned_file)} or {path for path, _ in known}
        if not here:
            raise bridge.TroubleError(f"Checkov does not tell in which file {address} stands ({scanned_file})")
        return sorted(here)

    def findings(self, path: str, check: str, address: str) -> list[dict[str, Any]]:
        """What our program says of this check at this address."""
        if path not in self.mentioned:
            scene = self.scenes.get(path)
            self.mentioned[path] = scene is None or scene.mentions()
        if not self.mentioned[path]:
            return []
        if path not in self.told:
            self.told[path] = self._anchored(path)
        return self.told[path].get((check, address), [])

    def _anchored(self, path: str) -> dict[tuple[str, str], list[dict[str, Any]]]:
        scene = self.scenes.get(path) or Scene(path)
        found: dict[tuple[str, str], list[dict[str, Any]]] = {}
        try:
            answer = bridge.ask(path, bridge.scan_options())
        except bridge.TroubleError as trouble:
            for address in scene.for_all():
                for check in (JUDGED, *(rule.check for rule in bridge.rules())):
                    found[check, address] = [_trouble(trouble)]
            return found
        for finding in answer["findings"]:
            for address in dict.fromkeys(scene.anchors(finding)):
                found.setdefault((bridge.check_id(finding["rule"]), address), []).append(finding)
        fails = answer["status"] == 1 and not any(finding["fails"] for finding in answer["findings"])
        for endpoint in answer["endpoints"]:
            if endpoint["undecided"]:
                told = {**_finding("; ".join(endpoint["undecided"]), fails), "quiet": "not decided"}
                for address in scene.at(endpoint["address"]) or scene.for_all():
                    found.setdefault((JUDGED, address), []).append(told)
        return found


def _finding(message: str, fails: bool) -> dict[str, Any]:
    return {"message": message, "fails": fails, "quiet": None, "details": [], "address": None, "attribute": None}


def _trouble(fault: BaseException) -> dict[str, Any]:
    words = str(fault) if isinstance(fault, bridge.TroubleError) else f"{type(fault).__name__}: {fault}"
    return _finding(f"tf-cvpn-lint could not say: {words}", True)


def _nodes(graph: Any) -> list[dict[str, Any]]:
    """The attributes of all nodes: of rustworkx, whose nodes are pairs, and of networkx."""
    nodes = (
        graph.nodes(data=True)
        if hasattr(graph, "adjacency") and hasattr(graph, "nodes") and not _is_rustworkx(graph)
        else graph.nodes()
    )
    return [node[1] for node in nodes if isinstance(node, tuple) and len(node) == 2 and isinstance(node[1], dict)]


def _is_rustworkx(graph: Any) -> bool:
    return type(graph).__module__.startswith("rustworkx")


def _input_of(node: dict[str, Any], file: str) -> str:
    """The plan; of Terraform files the directory of the outermost call that led to this one."""
    if file.endswith(".json") and not file.endswith((".tf.json", ".tofu.json")):
        return file
    module = node.get("source_module_object_")
    while module:
        path = module.get("path") if isinstance(module, dict) else getattr(module, "path", None)
        inner = (
            module.get("nested_tf_module") if isinstance(module, dict) else getattr(module, "nested_tf_module", None)
        )
        file = path if isinstance(path, str) and path else file
        module = inner
    return str(Path(file).parent)


def _conf_of(node: dict[str, Any], kind: str) -> tuple[Any, str]:
    """The very configuration that checks are given, and the type."""
    conf = node.get("config_")
    type_ = str(node.get("block_name_", "")).partition(".")[0]
    for key in (
        [type_, str(node.get("block_name_", "")).partition(".")[2]]
        if kind == "resource"
        else [str(node.get("block_name_", ""))]
    ):
        conf = conf.get(key) if isinstance(conf, dict) else None
    return (conf if isinstance(conf, dict) else None), type_


def _module_address(node: dict[str, Any]) -> str | None:
    return f"module.{node['block_name_']}" if node.get("block_type_") == "module" and node.get("block_name_") else None


_scans: dict[int, Scan] = {}


def _scan_of(graph: Any) -> Scan:
    if graph is None:
        raise bridge.TroubleError("this Checkov shows checks no graph; 3.1.24 or later is needed")
    if id(graph) not in _scans:
        _scans[id(graph)] = Scan(graph)
    return _scans[id(graph)]


class _Anchored:
    """What the checks have in common, whichever blocks they are asked about. `id`, `name`, `details`, `graph`, … are Checkov's."""

    title = ""
    scanned_file = ""
    comment = ""
    details: list[str]
    evaluated_keys: list[str]

    def run(
        self, scanned_file: str, entity_configuration: Any, entity_name: str, entity_type: str, skip_info: Any
    ) -> Any:
        self.scanned_file, self.comment, self.name = scanned_file, "", self.title
        if entity_type != ENDPOINT and not self.found(entity_configuration, False)[1]:
            # Most resources of most plans: Checkov's own way through a check costs several times as much.
            self.details, self.evaluated_keys = [], []
            return {"result": CheckResult.UNKNOWN, "evaluated_keys": []}
        result = super().run(scanned_file, entity_configuration, entity_name, entity_type, skip_info)  # type: ignore[misc]
        if result.get("result") == CheckResult.SKIPPED:
            result.setdefault("suppress_comment", self.comment)
        return result

    def found(self, conf: Any, is_endpoint: bool) -> tuple[str, list[dict[str, Any]]]:
        """The address of what is asked about, and what our program says of it. What goes wrong is said as well, and fails."""
        try:
            address = str(conf.get("__address__") or "")
            scan = _scan_of(getattr(self, "graph", None))
            paths = scan.inputs(conf, address, self.scanned_file)
            return address, [told for path in paths for told in scan.findings(path, self.id, address)]  # type: ignore[attr-defined]
        except bridge.TroubleError as trouble:
            return "", [_trouble(trouble)] if is_endpoint else []  # once is enough
        except Exception as fault:
            return "", [_trouble(fault)]

    def judged(self, conf: dict[str, Any], is_endpoint: bool) -> CheckResult:
        """FAILED for what fails our own run, SKIPPED with the reason for what is found and does not, PASSED for endpoints with neither."""
        self.evaluated_keys = []
        address, found = self.found(conf, is_endpoint)
        failing = [finding for finding in found if finding["fails"]]
        if not failing:
            if found:
                self.comment = "; ".join(f"{finding['quiet']}: {finding['message']}" for finding in found)
                return CheckResult.SKIPPED
            return CheckResult.PASSED if is_endpoint else CheckResult.UNKNOWN
        for finding in failing:
            self.details = [*getattr(self, "details", []), finding["message"], *finding["details"]]
            if finding["address"] is not None and address in (
                finding["address"],
                bridge.without_keys(finding["address"]),
            ):
                self.evaluated_keys += bridge.evaluated_keys(finding["attribute"])
        self.evaluated_keys = list(dict.fromkeys(self.evaluated_keys)) or (["dns_servers"] if is_endpoint else [])
        if os.environ.get("TF_CVPN_LINT_CHECK_NAMES") != "plain":
            more = f" (and {len(failing) - 1} more)" if len(failing) > 1 else ""
            self.name = f"{self.title}: {failing[0]['message']}{more}"
        return CheckResult.FAILED


class ResourceCheck(_Anchored, BaseResourceCheck):
    """One rule, at endpoints and at the resources that may be at fault."""

    def __init__(self, check: str, title: str, severity: str, guideline: str, resources: list[str]) -> None:
        super().__init__(
            name=title,
            id=check,
            categories=[CheckCategories.NETWORKING],
            supported_resources=resources,
            guideline=guideline,
        )
        self.title = title
        self.severity = SEVERITIES.get(severity)

    def scan_entity_conf(self, conf: dict[str, Any], entity_type: str) -> CheckResult:
        self.entity_type = entity_type
        return self.judged(conf, entity_type == ENDPOINT)

    def scan_resource_conf(self, conf: dict[str, Any]) -> CheckResult:
        return self.judged(conf, True)


class ModuleCheck(_Anchored, BaseModuleCheck):
    """The same rule, at calls of modules that Checkov does not look into."""

    def __init__(self, check: str, title: str, severity: str, guideline: str) -> None:
        super().__init__(name=title, id=check, categories=[CheckCategories.NETWORKING], guideline=guideline)
        self.title = title
        self.severity = SEVERITIES.get(severity)

    def scan_module_conf(self, conf: dict[str, Any]) -> CheckResult:
        return self.judged(conf, False)


SUPPORTED = frozenset(bridge.types())
CHECKS = [
    (
        JUDGED,
        "Every DNS server of the endpoint was judged",
        "error",
        "tf-cvpn-lint trace",
        [ENDPOINT, *sorted(SUPPORTED - {ENDPOINT})],
    )
]
CHECKS += [(rule.check, rule.title, rule.severity, rule.guideline, sorted(SUPPORTED)) for rule in bridge.rules()]
for check, title, severity, guideline, resources in CHECKS:
    ResourceCheck(check, title, severity, guideline, resources)
    ModuleCheck(check, title, severity, guideline)
