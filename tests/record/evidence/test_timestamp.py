"""Time stamps of a local `openssl ts` authority: genuine ones are read, everything else is refused."""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random

import pytest
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
from hypothesis import given
from hypothesis import strategies as st

from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.record.evidence.timestamp import TimeStamp, request_stamp, verify_stamp

MESSAGE = b"a checkpoint"

# Without a `certs` line: openssl puts certificates out of order into the reply, which is no DER then.
CONFIGURATION = """
[tsa]
default_tsa = authority
[authority]
serial = {folder}/serial
signer_cert = {folder}/{name}.pem
signer_key = {folder}/{name}.key
signer_digest = {signer_digest}
default_policy = 1.2.3.4.1
digests = sha256
{more}
ordering = yes
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""
ACCURACY = "accuracy = secs:1, millisecs:500, microsecs:100"
EXTENSIONS = "basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\nextendedKeyUsage="
SHA256 = bytes.fromhex("0609608648016503040201")
POLICY = bytes.fromhex("06042a030401")
TIME_STAMPING = x509.Extension(
    ExtendedKeyUsageOID.TIME_STAMPING,
    True,
    x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]),
)
KEYS = {
    "ec": ("ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
    "rsa": ("rsa:2048",),
}


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate authority and its time-stamp authorities, in one folder."""

    folder: Path

    def run(self, *arguments: str) -> None:
        """Run openssl in the folder."""
        command = ["openssl", *arguments]
        subprocess.run(command, cwd=self.folder, check=True, capture_output=True)

    def root(self, name: str = "root") -> bytes:
        """Return a certificate in PEM."""
        return (self.folder / f"{name}.pem").read_bytes()

    def make_root(self, name: str = "root") -> None:
        """Make a self-signed certificate."""
        self.run(
            *("req", "-x509", "-newkey", *KEYS["ec"], "-nodes", "-days", "30"),
            *("-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN={name}"),
        )

    def certify(self, name: str, extensions: str, key: str = "ec", issuer: str = "root") -> None:
        """Make a key and a certificate for it."""
        (self.folder / "extensions").write_text(extensions)
        self.run(
            *("req", "-newkey", *KEYS[key], "-nodes", "-keyout", f"{name}.key"),
            *("-out", f"{name}.csr", "-subj", f"/O=Monitors/CN={name}"),
        )
        self.run(
            *("x509", "-req", "-in", f"{name}.csr", "-CA", f"{issuer}.pem"),
            *("-CAkey", f"{issuer}.key", "-CAcreateserial", "-days", "30"),
            *("-extfile", "extensions", "-out", f"{name}.pem"),
        )

    def stamp(
        self, query: bytes, name: str = "ec", more: str = ACCURACY, signer_digest: str = "sha256"
    ) -> bytes:
        """Return the reply to a request."""
        (self.folder / "tsa.cnf").write_text(
            CONFIGURATION.format(
                folder=self.folder, name=name, more=more, signer_digest=signer_digest
            )
        )
        (self.folder / "query").write_bytes(query)
        self.run("ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query", "-out", "reply")
        return (self.folder / "reply").read_bytes()

    def issue(
        self,
        name: str,
        issuer: str,
        usage: x509.Extension[x509.ExtendedKeyUsage] | None,
        valid_from: datetime,
        valid_to: datetime,
    ) -> None:
        """Make a certificate that openssl itself would not: of any time and for any use."""
        key = ec.generate_private_key(ec.SECP256R1())
        is_root = name == issuer
        builder = x509.CertificateBuilder(
            subject_name=common_name(name),
            issuer_name=common_name(issuer),
            public_key=key.public_key(),
            serial_number=5 if is_root else 6,
            not_valid_before=valid_from,
            not_valid_after=valid_to,
        )
        builder = builder.add_extension(x509.BasicConstraints(is_root, None), critical=True)
        if usage is not None and not is_root:
            builder = builder.add_extension(usage.value, critical=usage.critical)
        (self.folder / f"{name}.key").write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
        signer = load_pem_private_key((self.folder / f"{issuer}.key").read_bytes(), None)
        assert isinstance(signer, ec.EllipticCurvePrivateKey)
        certificate = builder.sign(signer, hashes.SHA256())
        (self.folder / f"{name}.pem").write_bytes(certificate.public_bytes(Encoding.PEM))

    def sign(self, name: str, time: datetime) -> bytes:
        """Return a reply that states any time, signed by `openssl cms`."""
        imprint = der(0x30, der(0x30, SHA256 + der(0x05)) + der(0x04, sha256(MESSAGE).digest()))
        content = der(
            0x30,
            der(0x02, b"\x01") + POLICY + imprint + der(0x02, b"\x07"),
            der(0x18, f"{time:%Y%m%d%H%M%SZ}".encode()),
        )
        (self.folder / "content").write_bytes(content)
        self.run(
            *("cms", "-sign", "-binary", "-nodetach", "-nosmimecap", "-md", "sha256"),
            *("-in", "content", "-econtent_type", "1.2.840.113549.1.9.16.1.4"),
            *(
                "-signer",
                f"{name}.pem",
                "-inkey",
                f"{name}.key",
                "-outform",
                "DER",
                "-out",
                "token",
            ),
        )
        granted = der(0x30, der(0x02, b"\x00"))
        return der(0x30, granted, (self.folder / "token").read_bytes())


def der(tag: int, *content: bytes) -> bytes:
    """Return an element of DER."""
    inside = b"".join(content)
    if len(inside) < 0x80:
        return bytes([tag, len(inside)]) + inside
    return bytes([tag, 0x82]) + len(inside).to_bytes(2, "big") + inside


def common_name(name: str) -> x509.Name:
    """Return a name of one part."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def seeded(seed: int = 1) -> Callable[[int], bytes]:
    """Return a source of bytes that is the same in each run."""
    return Random(seed).randbytes


def refusal(
    response: bytes, roots: bytes, message: bytes = MESSAGE, asked: bytes | None = None
) -> Problem:
    """Return the problem with which a reply is refused."""
    with pytest.raises(GroundtruceError) as caught:
        verify_stamp(response, message, roots, asked)
    return caught.value.problem


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """A root and its time-stamp authorities: with keys of both kinds, and with faulty certificates."""
    made = Authority(tmp_path_factory.mktemp("authority"))
    (made.folder / "serial").write_text("01\n")
    made.make_root()
    for name in KEYS:
        made.certify(name, EXTENSIONS + "critical,timeStamping\n", key=name)
    return made


@pytest.fixture(scope="module")
def query() -> bytes:
    """The request that the stamps are for."""
    return request_stamp(MESSAGE, seeded())


@pytest.fixture(scope="module")
def reply(authority: Authority, query: bytes) -> bytes:
    """A genuine stamp."""
    return authority.stamp(query)


@pytest.fixture(scope="module")
def stamped(authority: Authority, reply: bytes, query: bytes) -> TimeStamp:
    """What the genuine stamp says."""
    return verify_stamp(reply, MESSAGE, authority.root(), query)


def test_a_stamp_tells_time_and_authority(stamped: TimeStamp) -> None:
    """UTC and aware; accuracy, authority and serial as the authority gave them."""
    assert stamped.time.tzinfo is UTC
    assert abs(datetime.now(UTC) - stamped.time) < timedelta(minutes=5)
    assert stamped.time.microsecond == 0
    assert stamped.accuracy == timedelta(seconds=1, milliseconds=500, microseconds=100)
    assert stamped.authority == "CN=ec,O=Monitors"
    assert stamped.serial > 0


def test_the_request_is_optional(authority: Authority, reply: bytes, stamped: TimeStamp) -> None:
    """A stamp found in a log years later is verified without the request."""
    assert verify_stamp(reply, MESSAGE, authority.root()) == stamped


@pytest.mark.parametrize("signer_digest", ["sha256", "sha384", "sha512"])
@pytest.mark.parametrize("name", KEYS)
def test_keys_and_digests_in_use_are_read(
    authority: Authority, query: bytes, name: str, signer_digest: str
) -> None:
    """Elliptic curves and RSA, with SHA-256 and longer."""
    found = authority.stamp(query, name, signer_digest=signer_digest)
    assert (
        verify_stamp(found, MESSAGE, authority.root(), query).authority == f"CN={name},O=Monitors"
    )


def test_a_short_digest_is_refused(authority: Authority, query: bytes) -> None:
    """A signature over SHA-1 can be forged, whoever made it."""
    found = authority.stamp(query, signer_digest="sha1")
    assert refusal(found, authority.root()) is Problem.RECORD_MALFORMED


@pytest.mark.parametrize(
    ("line", "accuracy"),
    [
        ("", None),
        ("accuracy = secs:70000", timedelta(seconds=70_000)),
        ("accuracy = millisecs:20", timedelta(milliseconds=20)),
    ],
)
def test_accuracy_may_be_given_in_part(
    authority: Authority, query: bytes, line: str, accuracy: timedelta | None
) -> None:
    """What the authority does not say is not made up."""
    found = authority.stamp(query, more=line)
    assert verify_stamp(found, MESSAGE, authority.root(), query).accuracy == accuracy


def test_other_bytes_are_not_stamped(authority: Authority, reply: bytes) -> None:
    """The stamp is of one message."""
    assert refusal(reply, authority.root(), b"another") is Problem.RECORD_SIGNATURE


def test_another_root_is_not_trusted(authority: Authority, reply: bytes) -> None:
    """A root of the same name with another key is another root; the machine's own are not asked."""
    other = Authority(authority.folder / "other")
    other.folder.mkdir()
    other.make_root()
    assert refusal(reply, other.root()) is Problem.RECORD_SIGNATURE
    both = other.root() + authority.root() + other.root()
    assert verify_stamp(reply, MESSAGE, both) == verify_stamp(reply, MESSAGE, authority.root())


def test_a_reply_to_another_request_is_refused(authority: Authority, reply: bytes) -> None:
    """A stamp kept from earlier does not answer a new request for the same bytes."""
    again = request_stamp(MESSAGE, seeded(2))
    assert refusal(reply, authority.root(), asked=again) is Problem.RECORD_SIGNATURE


@pytest.mark.parametrize("place", [0, 4, 30, 56, 58, 66])
def test_a_request_of_another_form_is_refused(
    authority: Authority, reply: bytes, query: bytes, place: int
) -> None:
    """The kept request must be one of ours, for these bytes; only its nonce is free."""
    changed = bytearray(query)
    changed[place] ^= 1
    problem = refusal(reply, authority.root(), asked=bytes(changed))
    is_nonce = 58 <= place < 66
    assert problem is (Problem.RECORD_SIGNATURE if is_nonce else Problem.RECORD_MALFORMED)
    assert refusal(reply, authority.root(), asked=query[:-1]) is Problem.RECORD_MALFORMED
    other = request_stamp(b"another", seeded())
    assert refusal(reply, authority.root(), asked=other) is Problem.RECORD_MALFORMED


def test_no_flipped_bit_is_accepted(authority: Authority, reply: bytes) -> None:
    """Every single bit: also those that the signature does not cover."""
    accepted = []
    for place in range(len(reply) * 8):
        changed = bytearray(reply)
        changed[place // 8] ^= 1 << place % 8
        try:
            verify_stamp(bytes(changed), MESSAGE, authority.root())
        except GroundtruceError:
            continue
        accepted.append(place)
    assert accepted == []


def test_no_cut_reply_is_accepted(authority: Authority, reply: bytes) -> None:
    """Wherever it ends, and with anything behind it."""
    for length in range(len(reply)):
        assert refusal(reply[:length], authority.root()) is Problem.RECORD_MALFORMED
    assert refusal(reply + b"\0", authority.root()) is Problem.RECORD_MALFORMED


@given(data=st.data())
def test_a_reply_changed_in_any_way_is_refused(
    authority: Authority, reply: bytes, data: st.DataObject
) -> None:
    """Bytes put in, taken out or copied elsewhere: only catalogued problems come of it."""
    start = data.draw(st.integers(0, len(reply) - 1))
    end = data.draw(st.integers(start, min(len(reply), start + 20)))
    new = data.draw(st.binary(max_size=8) | st.sampled_from([reply[:40], reply[start:end] * 2]))
    changed = reply[:start] + new + reply[end:]
    if changed != reply:
        assert refusal(changed, authority.root()) in {
            Problem.RECORD_MALFORMED,
            Problem.RECORD_SIGNATURE,
        }


@given(st.binary(max_size=100))
def test_any_bytes_are_refused(authority: Authority, content: bytes) -> None:
    """Nothing but a catalogued problem comes of foreign bytes."""
    assert refusal(content, authority.root()) is Problem.RECORD_MALFORMED


def test_a_granted_status_without_a_stamp_is_refused(authority: Authority) -> None:
    """A reply may say that all is well and hold nothing."""
    assert refusal(bytes.fromhex("30053003020100"), authority.root()) is Problem.RECORD_MALFORMED


def test_a_refusing_authority_is_told(authority: Authority, query: bytes) -> None:
    """The status of the reply is in the message."""
    # the authority is set to take SHA-256 only: make it SHA-512
    longer = query.replace(bytes.fromhex("0402010500"), bytes.fromhex("0402030500"))
    found = authority.stamp(longer)
    with pytest.raises(GroundtruceError, match="status 2"):
        verify_stamp(found, MESSAGE, authority.root())


def test_certificates_count_as_of_the_stamped_time(authority: Authority) -> None:
    """A stamp of an authority that has expired since is good; one from before or after its time is not."""
    valid_from = datetime(2016, 1, 1, tzinfo=UTC)
    valid_to = valid_from + timedelta(days=365)
    for name in ("old root", "old"):
        authority.issue(name, "old root", TIME_STAMPING, valid_from, valid_to)
    inside = authority.sign("old", valid_from + timedelta(days=57))
    found = verify_stamp(inside, MESSAGE, authority.root("old root"))
    assert found == TimeStamp(
        time=datetime(2016, 2, 27, tzinfo=UTC), accuracy=None, authority="CN=old", serial=7
    )
    for time in (valid_from - timedelta(days=1), valid_to + timedelta(days=1)):
        outside = authority.sign("old", time)
        assert refusal(outside, authority.root("old root")) is Problem.RECORD_SIGNATURE


@pytest.mark.parametrize(
    "usage",
    [
        None,
        x509.Extension(ExtendedKeyUsageOID.TIME_STAMPING, False, TIME_STAMPING.value),
        x509.Extension(
            ExtendedKeyUsageOID.SERVER_AUTH,
            True,
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]),
        ),
    ],
    ids=["any use", "not critical", "web server"],
)
def test_a_certificate_for_another_use_does_not_stamp(
    authority: Authority, usage: x509.Extension[x509.ExtendedKeyUsage] | None
) -> None:
    """A certificate of the same root for a web server proves no time."""
    now = datetime.now(UTC)
    for name in ("new root", "web"):
        authority.issue(name, "new root", usage, now - timedelta(1), now + timedelta(1))
    found = authority.sign("web", now)
    assert refusal(found, authority.root("new root")) is Problem.RECORD_SIGNATURE


def test_an_intermediate_authority_is_given_with_the_root(
    authority: Authority, query: bytes
) -> None:
    """The chain must end in a root that is given; an intermediate certificate alone is not one."""
    authority.certify("middle", "basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign\n")
    authority.certify("end", EXTENSIONS + "critical,timeStamping\n", issuer="middle")
    found = authority.stamp(query, "end")
    assert refusal(found, authority.root()) is Problem.RECORD_SIGNATURE
    assert refusal(found, authority.root("middle")) is Problem.RECORD_SIGNATURE
    both = authority.root() + authority.root("middle")
    assert verify_stamp(found, MESSAGE, both, query).authority == "CN=end,O=Monitors"


@pytest.mark.parametrize("roots", [b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\nAA==\n"])
def test_roots_must_be_certificates(reply: bytes, roots: bytes) -> None:
    """Nothing is trusted by default."""
    assert refusal(reply, roots) is Problem.RECORD_MALFORMED


@given(st.integers(0, 2**32))
def test_a_request_is_regular_der(seed: int) -> None:
    """It has one length, its nonce is a positive number in its shortest form, and it tells no content."""
    found = request_stamp(MESSAGE, seeded(seed))
    assert len(found) == found[1] + 2
    assert 0x40 <= found[58] < 0x80
    assert MESSAGE not in found
    assert found == request_stamp(MESSAGE, seeded(seed))


def test_openssl_reads_the_request(authority: Authority, query: bytes) -> None:
    """An independent program finds version, digest, nonce and the wish for a certificate."""
    (authority.folder / "ours").write_bytes(query)
    run = subprocess.run(
        ["openssl", "ts", "-query", "-in", "ours", "-text"],
        cwd=authority.folder,
        check=True,
        capture_output=True,
        text=True,
    )
    assert "Hash Algorithm: sha256" in run.stdout
    assert f"Nonce: 0x{query[58:66].hex().upper()}" in run.stdout
    assert "Certificate required: yes" in run.stdout
