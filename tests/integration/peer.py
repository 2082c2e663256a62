# SPDX-License-Identifier: GPL-2.0-or-later
"""A client of cryptod written from the protocol's text alone, with Debian's
cbor2 and cryptography: the outside referee of the system tests."""

import hashlib
import hmac
import os
import socket
import struct
import time
import uuid

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, x25519
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature, encode_dss_signature)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NOW = time.time        # a test with a clock of its own puts it here
RAW = (serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def dumps(value):
    """Deterministic CBOR.  All our text keys are shorter than 24 bytes, so
    that cbor2's order (length first) is the bytewise order of RFC 8949."""
    return cbor2.dumps(value, canonical=True)


def totp(secret, when=None, step=30, digits=6, alg="sha1", steps=0):
    counter = int(NOW() if when is None else when) // step + steps
    mac = hmac.new(secret, struct.pack(">Q", counter), alg).digest()
    at = mac[-1] & 15
    number = struct.unpack(">I", mac[at:at + 4])[0] & 0x7fffffff
    return str(number % 10 ** digits).zfill(digits)


def rfc3339(when=None):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ",
                         time.gmtime(NOW() if when is None else when))


# ---- keys ----

def okp(private):
    curve = 6 if isinstance(private, ed25519.Ed25519PrivateKey) else 4
    return {1: 1, -1: curve, -2: private.public_key().public_bytes(*RAW)}


def public(private):
    """The COSE_Key of what signs: Ed25519 or P-256."""
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        return okp(private)
    n = private.public_key().public_numbers()
    return {1: 2, -1: 1, -2: n.x.to_bytes(32, "big"),
            -3: n.y.to_bytes(32, "big")}


def sign(private, message):
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        return private.sign(message)
    r, s = decode_dss_signature(private.sign(
        message, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def thumbprint(key):
    return hashlib.sha256(dumps(key)).digest()


def kid(key):
    return thumbprint(key)[:16]


def check(key, message, signature):
    """Raises InvalidSignature."""
    if key[1] == 1:
        ed25519.Ed25519PublicKey.from_public_bytes(key[-2]).verify(
            signature, message)
        return
    numbers = ec.EllipticCurvePublicNumbers(
        int.from_bytes(key[-2], "big"), int.from_bytes(key[-3], "big"),
        ec.SECP256R1())
    if len(signature) != 64:
        raise InvalidSignature
    numbers.public_key().verify(
        encode_dss_signature(int.from_bytes(signature[:32], "big"),
                             int.from_bytes(signature[32:], "big")),
        message, ec.ECDSA(hashes.SHA256()))


# ---- COSE ----

def to_be_signed(protected, aad, payload):
    return dumps(["Signature1", protected, aad, payload])


def sign_detached(private, name, body):
    key = public(private)
    protected = dumps({1: -8 if key[1] == 1 else -7, 4: kid(key)})
    tbs = to_be_signed(protected, b"anchorhold/1 " + name.encode(),
                       dumps(body))
    return dumps(cbor2.CBORTag(18, [protected, {}, None, sign(private, tbs)]))


def open_sign1(raw, key, aad, payload=None):
    """The payload of a COSE_Sign1 by this key; every rule of the protocol."""
    item = cbor2.loads(raw)
    assert dumps(item) == raw, "not deterministic"
    assert item.tag == 18 and len(item.value) == 4
    protected, unprotected, inside, signature = item.value
    head = cbor2.loads(protected)
    assert unprotected == {}
    assert head[1] == (-8 if key[1] == 1 else -7)
    assert head[4] == kid(key)
    assert (inside is None) == (payload is not None)
    check(key, to_be_signed(protected, aad,
                            inside if payload is None else payload),
          signature)
    return inside if payload is None else payload


def check_body(body, key, name, field="signature"):
    rest = {k: v for k, v in body.items() if k != field}
    open_sign1(body[field], key, b"anchorhold/1 " + name.encode(),
               dumps(rest))


def open_token(raw, key):
    item = cbor2.loads(raw)
    assert dumps(item) == raw, "not deterministic"
    assert item.tag == 61
    head = cbor2.loads(item.value.value[0])
    assert set(head) == {1, 4, 16} and head[16] == 61
    return cbor2.loads(open_sign1(dumps(item.value), key, b""))


def unwrap(raw, private, request, request_id):
    """The secret in an ephemeral_key for this X25519 key."""
    item = cbor2.loads(raw)
    assert dumps(item) == raw and item.tag == 96
    protected, unprotected, ciphertext, recipients = item.value
    (r_protected, r_unprotected, r_ciphertext), = recipients
    assert cbor2.loads(protected) == {1: 3}
    assert cbor2.loads(r_protected) == {1: -25} and r_ciphertext == b""
    sender = r_unprotected[-1]
    shared = private.exchange(
        x25519.X25519PublicKey.from_public_bytes(sender[-2]))
    context = dumps([3, [None] * 3, [None] * 3, [256, r_protected, request]])
    key = HKDF(hashes.SHA256(), 32, None, context).derive(shared)
    aad = dumps(["Encrypt", protected,
                 b"anchorhold/1 ephemeral_key " + request_id.encode()])
    return AESGCM(key).decrypt(unprotected[5], ciphertext, aad)


# ---- frames and messages ----

class Closed(Exception):
    pass


class Peer:
    """One connection to cryptod: to a socket of its, or over what is given."""

    def __init__(self, path, timeout=30, over=None):
        self.sock = over or socket.socket(socket.AF_UNIX)
        self.sock.settimeout(timeout)
        if over is None:
            self.sock.connect(path)

    def close(self):
        self.sock.close()

    def send_bytes(self, raw):
        self.sock.sendall(raw)

    def send(self, kind, body):
        raw = dumps({"body": body, "type": kind})
        self.send_bytes(b"\xd8\x18\x5a" + struct.pack(">I", len(raw)) + raw)
        return hashlib.sha256(dumps(body)).digest()

    def take(self, n):
        raw = b""
        while len(raw) < n:
            more = self.sock.recv(n - len(raw))
            if not more:
                raise Closed(raw)
            raw += more
        return raw

    def receive(self):
        head = self.take(7)
        assert head[:3] == b"\xd8\x18\x5a", head
        raw = self.take(struct.unpack(">I", head[3:])[0])
        envelope = cbor2.loads(raw)
        assert dumps(envelope) == raw, "not deterministic"
        assert set(envelope) == {"body", "type"}
        return envelope["type"], envelope["body"]

    def call(self, kind, body):
        self.request = self.send(kind, body)
        return self.receive()


def request(**fields):
    """A body with what every fresh request has, the None fields left out."""
    body = {"request_id": str(uuid.uuid4()), "timestamp": rfc3339(), **fields}
    return {k: v for k, v in body.items() if v is not None}


def attest_request(private, vm="web", action="ssh:host", by=None, name=None,
                   **more):
    """An attest_req for this key, proven by it or by another."""
    body = request(**{"subject_vm": vm, "action": action, "lifetime": 60,
                      "subject_pubkey": dumps(public(private)),
                      "nonce": os.urandom(16), **more})
    return with_proof(name or "attest_req", body, by or private,
                      "pubkey_proof")


def with_proof(kind, body, private, proof="cnf_proof"):
    """The body with its possession proof in place."""
    return {**body, proof: sign_detached(private, kind, body)}


def totp_request(code, operator="alice", device="phone", **more):
    return request(operator_id=operator, device_id=device, totp_code=code,
                   client_nonce=os.urandom(16), **more)


def unlock_request(code, release="luks:root", audience="unlocker",
                   operator="alice", device="phone", **more):
    """A whole unlock: (body, holder's key, wrapping key)."""
    holder = ed25519.Ed25519PrivateKey.generate()
    wrapping = x25519.X25519PrivateKey.generate()
    body = totp_request(code, operator, device, requested_scope=[release],
                        audience=[audience], release=release,
                        ephemeral_pubkey=dumps(okp(wrapping)),
                        cnf=dumps(okp(holder)), **more)
    return with_proof("totp_validate_req", body, holder), holder, wrapping


def act(root, command, arguments, epoch, expires=300, **other):
    """An act's bytes."""
    return dumps({"appliance": thumbprint(root), "command": command,
                  "arguments": arguments, "epoch": epoch,
                  "act_id": str(uuid.uuid4()),
                  "expires_at": rfc3339(NOW() + expires), **other})


def approve(private, raw, aad=b"anchorhold/1 act"):
    """An officer's approval of these bytes."""
    protected = dumps({1: -8, 4: kid(okp(private))})
    return dumps(cbor2.CBORTag(18, [protected, {}, None, private.sign(
        to_be_signed(protected, aad, raw))]))


def admin_request(raw, approvals, **more):
    inside = cbor2.loads(raw)
    return request(**{"command": inside["command"],
                      "arguments": inside["arguments"], "act": raw,
                      "approvals": approvals or None,
                      "nonce": os.urandom(16), **more})


def keys_of(raw, root):
    """The keys of a key_metadata object signed by the root key; of each use
    the one that signs comes first."""
    meta = cbor2.loads(open_sign1(raw, root, b"anchorhold/1 key_metadata"))
    keys = {}
    for row in meta["keys"]:
        key = cbor2.loads(row["key"])
        assert row["kid"] == kid(key)
        keys.setdefault(row["use"], []).append({**row, "key": key})
    for rows in keys.values():
        rows.sort(key=lambda row: row["state"] != "current")
    return meta, keys
