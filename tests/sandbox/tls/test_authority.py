"""An authority that somebody trusts on his machine can vouch for the gateway's names, and for no other."""

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from django_iamport.sandbox.tls import authority
from django_iamport.sandbox.tls.authority import Files
from django_iamport.sandbox.tls.names import GATEWAY, trust_settings


@pytest.fixture
def files(tmp_path: Path) -> Files:
    made = Files.beside(tmp_path / "sandbox.sqlite3")
    authority.ensure(made)
    return made


def test_it_is_made_once(files: Files) -> None:
    before = files.certificate.read_bytes(), files.key.read_bytes()
    authority.ensure(files)
    assert (files.certificate.read_bytes(), files.key.read_bytes()) == before


@pytest.mark.parametrize("lost", ["certificate", "key"])
def test_of_half_an_authority_a_whole_one_is_made(files: Files, lost: str) -> None:
    getattr(files, lost).unlink()
    authority.ensure(files)
    assert authority.issue(files)
    assert files.key.stat().st_mode & 0o077 == 0


def test_it_can_vouch_for_no_other_name(files: Files) -> None:
    certificate = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    found = certificate.extensions.get_extension_for_oid(ExtensionOID.NAME_CONSTRAINTS)
    assert isinstance(found.value, x509.NameConstraints)
    permitted = {str(name.value) for name in found.value.permitted_subtrees or []}
    assert (permitted, found.critical) == ({*GATEWAY, "localhost", "127.0.0.0/8", "::1/128"}, True)


def test_a_key_of_another_authority_is_refused(files: Files, tmp_path: Path) -> None:
    other = Files.beside(tmp_path / "other.sqlite3")
    authority.ensure(other)
    with pytest.raises(ValueError, match="not that of the certificate"):
        authority.issue(Files(files.certificate, other.key))


def test_each_setting_names_the_file() -> None:
    settings = list(trust_settings("/data/ca.pem"))
    assert {each.language.split()[0] for each in settings} == {"Python", "Node", "PHP", "Java", "Ruby", "Go"}
    assert all("/data/ca.pem" in each.setting for each in settings)
