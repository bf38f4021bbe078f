"""Calls of each kind, by name: what is read may be repeated, what is written never is."""

READS = {
    "find": lambda client: client.payments.find("imp_1"),
    "find_all": lambda client: client.payments.find_all("m1"),
    "prepare.read": lambda client: client.prepare.read("m1"),
}
WRITES = {
    "cancel": lambda client: client.payments.cancel("imp_1", amount=100, checksum=100),
    "void": lambda client: client.vbanks.void("imp_1"),
    "prepare.create": lambda client: client.prepare.create("m1", 100),
    "prepare.change": lambda client: client.prepare.change("m1", 100),
}

HTML = b"<html><h1>502 Bad Gateway</h1></html>"
