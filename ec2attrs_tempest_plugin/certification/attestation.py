"""Who vouches for a bundle: an in-toto statement in a DSSE envelope.

https://github.com/in-toto/attestation, spec/v1; https://github.com/secure-systems-lab/dsse.
"""

import base64
from collections.abc import Mapping
import json
from pathlib import Path
from typing import Any

from ec2attrs_tempest_plugin.certification import text

STATEMENT = 'https://in-toto.io/Statement/v1'
PAYLOAD = 'application/vnd.in-toto+json'
#: What the statement is about: that a run of this suite had this result.
PREDICATE = 'urn:ec2attrs:result:v1'


class AttestationError(Exception):
    """A key or an attestation cannot be used; the message says why."""


def made(digests: Mapping[str, str], result: Mapping[str, Any], key: Path | None) -> bytes:
    """Return the envelope for files of these digests, signed if there is a private key.

    :param key: a file with an unencrypted private key in PEM.
    :raises AttestationError: when the key cannot be used.
    """
    import securesystemslib.dsse
    statement = {
        '_type': STATEMENT, 'predicateType': PREDICATE,
        'subject': [{'name': name, 'digest': {'sha256': digest}}
                    for name, digest in sorted(digests.items())],
        'predicate': predicate(result)}
    envelope = securesystemslib.dsse.Envelope(
        json.dumps(statement, sort_keys=True).encode(), PAYLOAD, {})
    if key is not None:
        envelope.sign(_signer(key))
    return (json.dumps(envelope.to_dict(), indent=1) + '\n').encode()


def predicate(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is stated of a result."""
    return {name: result[name] for name in (
        'verdict', 'product', 'profile', 'guideline', 'challenge', 'started', 'ended')}


def check_key(key: Path) -> None:
    """Make sure, before a long run, that a private key can be used.

    :raises AttestationError: when it cannot.
    """
    _signer(key)


def _signer(key: Path) -> Any:
    import cryptography.exceptions
    from cryptography.hazmat.primitives import serialization
    import securesystemslib.signer
    try:
        private = serialization.load_pem_private_key(_read(key), password=None)
        return securesystemslib.signer.CryptoSigner(private)
    except (ValueError, TypeError, cryptography.exceptions.UnsupportedAlgorithm) as error:
        raise AttestationError(
            f'{key.name} is no private key in PEM that could be used: '
            f'{text.plain(str(error), 120)}; "openssl genpkey -algorithm ed25519" makes one'
        ) from None


def statement(envelope: bytes) -> Mapping[str, Any]:
    """Return the statement in an envelope, whoever signed it.

    :raises AttestationError: when there is none.
    """
    try:
        # Without the library, which takes longer to import than all the rest.
        given = json.loads(envelope)
        if given.keys() != {'payload', 'payloadType', 'signatures'}:
            # Nobody has signed what else there is.
            raise AttestationError('the attestation holds more than a DSSE envelope')
        found = json.loads(base64.b64decode(given['payload'], validate=True))
        if given['payloadType'] != PAYLOAD:
            raise AttestationError(
                'the attestation holds something else than a statement of in-toto')
        if found['_type'] != STATEMENT or found['predicateType'] != PREDICATE:
            raise AttestationError('the attestation states something else than a result')
        if not isinstance(found['predicate'], dict):
            raise AttestationError('the attestation states nothing')
        subject = {str(each['name']): str(each['digest']['sha256'])
                   for each in found['subject']}
        if len(subject) != len(found['subject']):
            raise AttestationError('the attestation states a file twice')
        return {**found, 'subject': subject}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise AttestationError('the attestation cannot be read') from None


def signers(envelope: bytes) -> list[str]:
    """Return the ids of the keys that an envelope says it was signed with.

    :raises AttestationError: when it cannot be read.
    """
    try:
        return sorted(text.plain(str(each['keyid']), 80)
                      for each in json.loads(envelope)['signatures'])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise AttestationError('the attestation is no DSSE envelope') from None


def verified(envelope: bytes, key: Path) -> str:
    """Return the id of a public key, if the envelope was signed with its private key.

    :raises AttestationError: when it was not, or the key cannot be used.
    """
    import cryptography.exceptions
    from cryptography.hazmat.primitives import serialization
    import securesystemslib.exceptions
    import securesystemslib.signer
    try:
        public = securesystemslib.signer.SSlibKey.from_crypto(
            serialization.load_pem_public_key(_read(key)))
    except (ValueError, TypeError, cryptography.exceptions.UnsupportedAlgorithm):
        raise AttestationError(f'{key.name} is no public key in PEM; "openssl pkey -pubout" '
                               f'makes one of a private key') from None
    try:
        _envelope(envelope).verify([public], 1)
    except securesystemslib.exceptions.VerificationError:
        raise AttestationError(f'it was not signed with {key.name}') from None
    return str(public.keyid)


def _envelope(content: bytes) -> Any:
    import securesystemslib.dsse
    import securesystemslib.exceptions
    try:
        given = json.loads(content)
        if given['payloadType'] != PAYLOAD:
            raise ValueError
        envelope = securesystemslib.dsse.Envelope.from_dict(given)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError,
            securesystemslib.exceptions.Error):
        raise AttestationError('the attestation is no DSSE envelope') from None
    return envelope


def _read(path: Path) -> bytes:
    try:
        with open(path, 'rb') as source:
            return source.read(64 * 1024)
    except OSError as error:
        raise AttestationError(f'the key {path.name} cannot be read: {error.strerror}') from error
