"""How a shop's client is led here: by its base address, or by the gateway's own names."""

from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse

from .. import conf
from ..decorators import account_of, sandbox_url, sandbox_view
from ..tls.names import HOSTS_LINE, trust_settings
from .pages import console_view, page


@console_view("GET")
def clients(request: HttpRequest) -> HttpResponse:
    """The addresses; and what a client with compiled-in addresses needs."""
    home = request.build_absolute_uri(sandbox_url(request, "console"))
    ca_file = conf.ca_file()
    context = {
        "api": f"{home}api",
        "sdk": f"{home}iamport.js",
        "ca_file": ca_file,
        "hosts_line": HOSTS_LINE,
        "trust_settings": list(trust_settings(ca_file)) if ca_file else [],
    }
    return page(request, account_of(request), "console_clients.html", context)


@sandbox_view()
def ca(request: HttpRequest) -> HttpResponse:
    """The authority's certificate, for whoever can't read the file: it is no secret."""
    file = conf.ca_file()
    if file is None or not Path(file).is_file():
        raise Http404
    response = HttpResponse(Path(file).read_bytes(), content_type="application/x-pem-file")
    response["Content-Disposition"] = 'attachment; filename="iamport-sandbox-ca.pem"'
    return response
