"""What somebody says of the world beyond the configuration: facts no Terraform tells. Each is asked for only where nothing was read."""

from __future__ import annotations

from tf_cvpn_lint.core.address import Address
from tf_cvpn_lint.core.evidence import Location
from tf_cvpn_lint.core.records import dataclass
from tf_cvpn_lint.model.cidr import HostAddress, IpAddress, IpNetwork, KnownAddress, KnownCidr, covers


@dataclass(frozen=True, slots=True)
class NetworksBeyond:
    """Behind this gateway or attachment lie these networks: they answer DNS, and lead back."""

    names: frozenset[str]
    """What the gateway is called: addresses and ids."""
    networks: tuple[IpNetwork, ...]
    reason: str
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class UserGroups:
    """Who uses these endpoints: every user is in one of the groups, and all of the groups matter."""

    endpoints: frozenset[Address]
    groups: frozenset[str]


@dataclass(frozen=True, slots=True)
class UserLan:
    """Users of these endpoints sit in this network, and use this resolver where that is said."""

    endpoints: frozenset[Address]
    network: IpNetwork
    resolver: IpAddress | None = None


@dataclass(frozen=True, slots=True)
class Assumed:
    """All that is assumed about one network."""

    beyond: tuple[NetworksBeyond, ...] = ()
    users: tuple[UserGroups, ...] = ()
    lans: tuple[UserLan, ...] = ()

    def network_beyond(self, names: frozenset[str], address: HostAddress) -> tuple[NetworksBeyond, IpNetwork] | None:
        """The assumed network that holds the address behind one of the things so named."""
        for each in self.beyond:
            if each.names & names:
                for network in each.networks:
                    if covers(KnownCidr(network), address).is_yes:
                        return each, network
        return None

    def groups_of(self, endpoint: Address) -> frozenset[str]:
        """The groups of the endpoint's users; empty where nobody says."""
        return frozenset(group for each in self.users if endpoint in each.endpoints for group in each.groups)

    def lan_holding(self, endpoint: Address, address: HostAddress) -> IpNetwork | None:
        """The users' own network in which the address lies."""
        for each in self.lans:
            if endpoint in each.endpoints and isinstance(address, KnownAddress):
                if covers(KnownCidr(each.network), address).is_yes:
                    return each.network
        return None
