"""Which address a request came from, when a reverse proxy stands before the portal."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
FORWARDED = (
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_REAL_IP",
    "HTTP_FORWARDED",
)


class TrustedProxyMiddleware:
    """Believes forwarded headers from TRUSTED_PROXY alone, and drops them from all others.

    Afterwards REMOTE_ADDR is the nearest address that is not a trusted proxy:
    the one that the trail shows.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.trusted = [ipaddress.ip_network(a) for a in settings.TRUSTED_PROXY]

    def __call__(self, request: HttpRequest) -> HttpResponse:
        peer = as_address(request.META.get("REMOTE_ADDR", ""))
        if peer is None or not self.is_trusted(peer):
            for name in FORWARDED:
                request.META.pop(name, None)
        else:
            request.META["REMOTE_ADDR"] = str(self.origin(request, peer))
        return self.get_response(request)

    def is_trusted(self, address: Address) -> bool:
        """Whether `address` is a proxy of ours."""
        return any(address in network for network in self.trusted)

    def origin(self, request: HttpRequest, peer: Address) -> Address:
        """The last hop that is no proxy of ours; what stands before it anybody may have written."""
        nearest = peer
        for text in reversed(request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")):
            hop = as_address(text.strip())
            if hop is None:
                break
            nearest = hop
            if not self.is_trusted(hop):
                break
        return nearest


def as_address(text: str) -> Address | None:
    """The IP address in `text`, an IPv4 in IPv6's clothes as IPv4; None when it is none."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address
