# SPDX-License-Identifier: GPL-2.0-or-later
"""The holders of one appliance's K, written from the TPM's specification alone:
that key, and what they approve with it.  The other half of anchorhold-approve's
work, and its outside referee."""

import hashlib
import struct

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    Prehashed, decode_dss_signature)

from peer import dumps

SHA256 = 0x000b
INCREMENT = struct.pack(">I", 0x134)
VERSION = 0x01800100


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def extend(digest, code, *rest):
    return sha256(digest, struct.pack(">I", code), *rest)


class Holders:
    def __init__(self):
        self.key = ec.generate_private_key(ec.SECP256R1())
        n = self.key.public_key().public_numbers()
        self.x, self.y = n.x.to_bytes(32, "big"), n.y.to_bytes(32, "big")
        self.k = dumps({1: 2, -1: 1, -2: self.x, -3: self.y})

    def name(self):
        """Of K as the TPM loads it: ECC, SHA-256, sign, ECDSA, P-256."""
        area = struct.pack(">HHIHHHHHH", 0x23, 0x0b, 0x00040000, 0, 0x10,
                           0x18, 0x0b, 0x03, 0x10)
        for number in (self.x, self.y):
            area += struct.pack(">H", 32) + number
        return b"\x00\x0b" + sha256(area)

    def version_name(self):
        """POLICYWRITE, AUTHREAD, NO_DA, a counter, written."""
        policy = sha256(extend(bytes(32), 0x16a, self.name()),
                        b"anchorhold/1 raise")
        area = struct.pack(">IHIH", VERSION, 0x0b, 0x22040018,
                           32) + policy + struct.pack(">H", 8)
        return b"\x00\x0b" + sha256(area)

    def sign(self, policy, digest):
        der = self.key.sign(sha256(digest, b"anchorhold/1 " +
                                   policy.encode()),
                            ec.ECDSA(Prehashed(hashes.SHA256())))
        return b"".join(n.to_bytes(32, "big")
                        for n in decode_dss_signature(der))

    def at_version(self, digest, version, operation):
        args = sha256(struct.pack(">QHH", version, 0, operation))
        return extend(digest, 0x149, args, self.version_name())

    def raised(self, version):
        """One step from there; 0: the first write."""
        digest = bytes(32)
        if version == 0:
            digest = extend(digest, 0x18f, b"\0")
        else:
            digest = self.at_version(digest, version, 0)
        digest = extend(digest, 0x16c, INCREMENT)
        return {"digest": digest, "policy": "raise", "version": version,
                "signature": self.sign("raise", digest)}

    def boot(self, policy, values, cap, version):
        """values: by PCR."""
        pcrs = dict(values)
        if policy == "unseal" and cap:
            pcrs[cap] = bytes(32)
        mask = sum(1 << n for n in pcrs)
        selection = struct.pack(">IHB", 1, SHA256, 3) + \
            mask.to_bytes(3, "little")
        digest = extend(bytes(32), 0x17f, selection,
                        sha256(*(pcrs[n] for n in sorted(pcrs))))
        digest = self.at_version(digest, version, 9)
        made = {"bank": SHA256, "mask": sum(1 << n for n in values),
                "digest": digest, "policy": policy, "version": version,
                "values": b"".join(values[n] for n in sorted(values)),
                "signature": self.sign(policy, digest)}
        if policy == "unseal":
            made["cap"] = cap
        return made

    def pack(self, *approvals):
        return dumps({"k": self.k, "version": 1,
                      "approvals": list(approvals)})

    def first(self):
        return self.pack(self.raised(0))

    def answer(self, request, up=False, change=None):
        """What anchorhold-approve boot would say to it."""
        r = cbor2.loads(request)
        assert r["k"] == self.k, r
        which = [n for n in range(24) if r["mask"] >> n & 1]
        values = {n: r["values"][32 * i:32 * i + 32]
                  for i, n in enumerate(which)}
        values.update(change or {})
        version = r["raised"] + up
        made = [self.raised(r["raised"])] if up else []
        return self.pack(*made, *(self.boot(p, values, r["cap"], version)
                                  for p in ("unseal", "use")))
