# SPDX-License-Identifier: GPL-2.0-or-later
"""Evidence, judged from the protocol's text and the TPM's specification alone:
the outside referee of what cryptod says of itself."""

import hashlib
import os
import struct

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    encode_dss_signature)

import peer

KEYS = ["ak", "alg", "pcrs", "bound", "vm_id", "attest", "version",
        "signature"]
CAPPED = hashlib.sha256(bytes(32) + hashlib.sha256(
    b"anchorhold/1 capped").digest()).digest()


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def qualifying(vm_id, challenge, bound):
    return sha256(b"anchorhold/1 evidence ", vm_id.encode(), b"\0",
                  sha256(challenge), sha256(peer.dumps(bound)))


class Reader:
    def __init__(self, raw):
        self.raw = raw

    def take(self, form):
        size = struct.calcsize(">" + form)
        values = struct.unpack(">" + form, self.raw[:size])
        assert len(self.raw) >= size
        self.raw = self.raw[size:]
        return values if len(values) > 1 else values[0]

    def sized(self):
        n = self.take("H")
        assert len(self.raw) >= n
        value, self.raw = self.raw[:n], self.raw[n:]
        return value


def read_attest(raw):
    """A TPMS_ATTEST of a quote over one bank."""
    r = Reader(raw)
    assert r.take("IH") == (0xff544347, 0x8018)
    said = {"signer": r.sized(), "extra": r.sized()}
    said["clock"], said["resets"], said["restarts"], said["safe"] = \
        r.take("QIIB")
    said["firmware"], banks = r.take("QI")
    assert banks == 1
    said["alg"], size = r.take("HB")
    bits = int.from_bytes(r.raw[:size], "little")
    r.raw = r.raw[size:]
    said["pcrs"] = [i for i in range(24) if bits >> i & 1]
    said["digest"] = r.sized()
    assert r.raw == b""
    return said


def public_key(public):
    """Of a TPM2B_PUBLIC: an AK on P-256, and its Name."""
    area = Reader(public).sized()
    r = Reader(area)
    assert len(area) == len(public) - 2
    kind, name_alg, attributes = r.take("HHI")
    assert (kind, name_alg) == (0x23, 0x0b)
    # fixedTPM, fixedParent, sensitiveDataOrigin, restricted, sign; not
    # decrypt.
    assert attributes & 0x00070032 == 0x00050032, hex(attributes)
    r.sized()
    assert r.take("HHHHH") == (0x10, 0x18, 0x0b, 3, 0x10)
    x, y = r.sized(), r.sized()
    assert r.raw == b""
    key = ec.EllipticCurvePublicNumbers(
        int.from_bytes(x, "big"), int.from_bytes(y, "big"), ec.SECP256R1())
    return key.public_key(), b"\0\x0b" + sha256(area)


def check_signature(key, attest, raw):
    r = Reader(raw)
    assert r.take("HH") == (0x18, 0x0b)
    numbers = [int.from_bytes(r.sized(), "big") for _ in range(2)]
    assert r.raw == b""
    key.verify(encode_dss_signature(*numbers), attest,
               ec.ECDSA(hashes.SHA256()))


def open_evidence(raw, vm_id, challenge):
    """What it says, each part of it checked but the values."""
    e = cbor2.loads(raw)
    assert peer.dumps(e) == raw and list(e) == KEYS, list(e)
    assert (e["version"], e["vm_id"]) == (1, vm_id)
    key, name = public_key(e["ak"])
    said = read_attest(e["attest"])
    check_signature(key, e["attest"], e["signature"])
    assert said["extra"] == qualifying(vm_id, challenge, e["bound"])
    assert said["alg"] == e["alg"]
    assert said["pcrs"] == [p["index"] for p in e["pcrs"]]
    assert said["digest"] == sha256(*(p["value"] for p in e["pcrs"]))
    values = {p["index"]: p["value"] for p in e["pcrs"]}
    return {**said, "name": name, "bound": e["bound"], "values": values}


def refer(c, version, said, **more):
    """A trust file of that version, beside the first, by which what cryptod
    said is what is good from now on; nothing is, if it is None."""
    with open(c.path("trust"), "rb") as f:
        trust = cbor2.loads(cbor2.loads(f.read())["object"])
    trust["version"] = version
    if said is None:
        del trust["references"]
    else:
        trust["references"] = [{
            "alg": 11, "mask": sum(1 << i for i in said["pcrs"]),
            "sets": [b"".join(said["values"][i] for i in said["pcrs"])],
            "vm_id": "cryptod", "ak_name": said["name"],
            "strict_reset": False, "firmware_floor": 0, **more}]
    raw = peer.dumps(trust)
    (warden,) = c.officers.values()
    return c.write("trust.new", peer.dumps({"object": raw, "signatures": [
        peer.approve(warden, raw, b"anchorhold/1 trust")]}))


def ask(c, vm="admin"):
    """What cryptod says of itself over a nonce of ours."""
    p = c.connect(vm)
    body = {"request_id": peer.request()["request_id"],
            "nonce": os.urandom(32)}
    kind, answer = p.call("evidence_req", body)
    p.close()
    assert kind == "evidence_resp", answer
    return open_evidence(answer["evidence"], "cryptod", body["nonce"])
