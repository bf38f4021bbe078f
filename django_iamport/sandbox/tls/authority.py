"""The certificate authority: made once, kept beside the data, and good for the gateway's names alone.

Somebody puts it among the authorities that his programs trust. So that whoever gets hold of its key gains
nothing, it can't vouch for any other name.
"""

import os
from datetime import datetime, timedelta, timezone
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from .names import GATEWAY

NAMES = (*GATEWAY, "localhost")
ADDRESSES = (IPv4Address("127.0.0.1"), IPv6Address("::1"))
NETWORKS = (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128"))
CA_DAYS = 3650
SERVER_DAYS = 397
"""The longest that Apple's and others' programs accept; a certificate is made at each start."""


class Files(NamedTuple):
    """The authority's certificate, to be trusted, and its key, for the owner's eyes only."""

    certificate: Path
    key: Path

    @classmethod
    def beside(cls, database: Path) -> "Files":
        """Named like the files that SQLite puts beside its own."""
        return cls(Path(f"{database}-ca.pem"), Path(f"{database}-ca.key"))


def ensure(files: Files) -> None:
    """Make the authority where there is none. Raises OSError where it can't be written."""
    if files.certificate.exists() and files.key.exists():
        return
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Iamport sandbox of this machine")])
    permitted = [*map(x509.DNSName, NAMES), *(x509.IPAddress(network) for network in NETWORKS)]
    certificate = (
        _begun(name, key.public_key(), CA_DAYS)
        .issuer_name(name)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.NameConstraints(permitted, None), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    # The key first: a certificate without its key would be taken for a whole authority by nobody.
    files.certificate.unlink(missing_ok=True)
    files.key.unlink(missing_ok=True)
    with os.fdopen(os.open(files.key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(_pem(key))
    files.certificate.write_bytes(certificate.public_bytes(Encoding.PEM))


def issue(files: Files) -> bytes:
    """A key and a certificate for the server, signed by the authority, as PEM.

    Raises ValueError where the files hold none.
    """
    authority = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    signing = load_pem_private_key(files.key.read_bytes(), None)
    if not isinstance(signing, ec.EllipticCurvePrivateKey) or signing.public_key() != authority.public_key():
        raise ValueError("the key is not that of the certificate")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAMES[0])])
    subjects = [*map(x509.DNSName, NAMES), *(x509.IPAddress(address) for address in ADDRESSES)]
    known_by = x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key())
    certificate = (
        _begun(name, key.public_key(), SERVER_DAYS)
        .issuer_name(authority.subject)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(subjects), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(known_by, critical=False)
        .sign(signing, hashes.SHA256())
    )
    return _pem(key) + certificate.public_bytes(Encoding.PEM)


def _begun(name: x509.Name, key: ec.EllipticCurvePublicKey, days: int) -> x509.CertificateBuilder:
    # From yesterday on: clocks of containers and phones differ.
    start = datetime.now(timezone.utc) - timedelta(days=1)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
