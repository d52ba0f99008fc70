"""Time stamps of RFC 3161: an authority signs that the heads of the chains existed at a moment.

The request holds a hash alone, so the authority learns nothing of what is watched.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    PKIStatus,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from monitor.errors import ReadError, StampError

QUERY = "application/timestamp-query"
_IMPRINTS = {"2.16.840.1.101.3.4.2.1": "sha256", "2.16.840.1.101.3.4.2.2": "sha384", "2.16.840.1.101.3.4.2.3": "sha512"}


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time stamp of some content. `trusted`: its signature holds, by a certificate that the reader trusts."""

    made: datetime
    signer: str
    trusted: bool


def ask(content: bytes, post: Callable[[bytes], bytes], *, roots: Sequence[x509.Certificate] = ()) -> bytes:
    """Have content stamped; `post` sends a request to the authority and gives its answer. Returns the answer, verified.

    Raises:
        StampError: the authority did not answer, refused, or its answer does not hold.
    """
    request = TimestampRequestBuilder().data(content).hash_algorithm(HashAlgorithm.SHA256).nonce().build()
    answer = post(request.as_bytes())
    response = _decoded(answer)
    if PKIStatus(response.status) not in {PKIStatus.GRANTED, PKIStatus.GRANTED_WITH_MODS}:
        raise StampError(
            f"the authority refused: {', '.join(response.status_string) or PKIStatus(response.status).name}"
        )
    if response.tst_info.nonce != request.nonce:
        raise StampError("the authority's answer is to another request: its nonce differs")
    check(answer, content, roots=roots)
    return answer


def check(answer: bytes, content: bytes, *, roots: Sequence[x509.Certificate] = ()) -> Stamp:
    """Verify a stamp of content. Without `roots` its signature says nothing, and only what it stamps is checked.

    Raises:
        StampError: it is of other content, or with `roots`: its signature does not hold, none vouches for its signer.
    """
    response = _decoded(answer)
    imprint = response.tst_info.message_imprint
    method = _IMPRINTS.get(imprint.hash_algorithm.dotted_string)
    if method is None or hashlib.new(method, content).digest() != imprint.message:
        raise StampError("the time stamp is of something else")
    try:
        brought = [x509.load_der_x509_certificate(one) for one in sorted(response.signed_data.certificates)]
        if roots:
            builder = VerifierBuilder(roots=list(roots), intermediates=[one for one in brought if one not in roots])
            builder.build().verify(response, imprint.message)
        signer = next(iter(response.signed_data.signer_infos))
        subject = next(
            (one.subject.rfc4514_string() for one in brought if one.serial_number == signer.serial_number), "unnamed"
        )
    except (VerificationError, ValueError, StopIteration) as error:
        raise StampError(f"the time stamp does not hold: {error}") from error
    return Stamp(response.tst_info.gen_time.astimezone(UTC), subject, trusted=bool(roots))


def read_roots(pem: bytes) -> list[x509.Certificate]:
    """Certificates of a PEM file.

    Raises:
        ReadError: it has none.
    """
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError as error:
        raise ReadError(f"no certificates in PEM form: {error}") from error


def _decoded(answer: bytes) -> TimeStampResponse:
    try:
        response = decode_timestamp_response(answer)
        PKIStatus(response.status)
        if PKIStatus(response.status) in {PKIStatus.GRANTED, PKIStatus.GRANTED_WITH_MODS}:
            _ = response.tst_info
    except (ValueError, TypeError) as error:
        raise StampError(f"this is no time stamp: {error}") from error
    return response
