"""From which address a visitor asks."""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network, ip_address

from django.http import HttpRequest

from django_iamport import conf

# A household has a network of its own, and every machine of it any number of addresses.
BITS_OF_A_HOUSEHOLD = 64


def address_of(request: HttpRequest) -> str | None:
    """The visitor's address, of IPv6 his network; None where it isn't told.

    As the proxy names it in `IAMPORT_ADDRESS_HEADER`; of several the last, which is the one that it saw itself.
    Without such a header the connection's own; one that isn't public is a proxy's, and everybody's.
    """
    header = conf.get("IAMPORT_ADDRESS_HEADER")
    named = request.headers.get(header, "") if header else request.META.get("REMOTE_ADDR", "")
    try:
        address = ip_address(named.rpartition(",")[2].strip())
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        else:
            return (
                str(IPv6Network((address, BITS_OF_A_HOUSEHOLD), strict=False)) if address.is_global else None
            )
    return str(address) if address.is_global else None
