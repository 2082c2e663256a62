# SPDX-License-Identifier: GPL-2.0-or-later
"""Domains that prove what they run, to a cryptod: their TPM, whose evidence is
made by tpm2-tools and put together here from the protocol's text, their
enrolment, and the officers' reference values of them."""

import hashlib
import os
import shutil
import subprocess

import cell
import peer
import quotes

HAS_TOOLS = shutil.which("tpm2_quote") is not None


class Guest:
    """A machine's TPM: each of these domains has an AK in it."""

    def __init__(self, room, domains, pcrs):
        self.room, self.dir, self.pcrs = room, room.path("guest"), pcrs
        os.makedirs(self.path("state"))
        self.start()
        self.tool("createek", "-c", "ek", "-G", "ecc", "-u", "ek.pub")
        self.aks = {}
        for n, vm in enumerate(domains):
            self.tool("createak", "-C", "ek", "-c", vm, "-G", "ecc", "-g",
                      "sha256", "-s", "ecdsa", "-u", vm + ".pub", "-f", "tss")
            self.tool("evictcontrol", "-c", vm, hex(0x81010010 + n))
            self.aks[vm] = hex(0x81010010 + n)

    def path(self, name):
        return os.path.join(self.dir, name)

    def read(self, name):
        with open(self.path(name), "rb") as f:
            return f.read()

    def start(self):
        self.process = subprocess.Popen(
            ["swtpm", "socket", "--tpm2", "--tpmstate",
             "dir=" + self.path("state"),
             "--server", "type=unixio,path=" + self.path("tpm"),
             "--ctrl", "type=unixio,path=" + self.path("tpm.ctrl"),
             "--flags", "not-need-init,startup-clear",
             "--pid", "file=" + self.path("pid")],
            stdout=self.room.log, stderr=self.room.log,
            stdin=subprocess.DEVNULL)
        self.room.wait_for_file("guest/pid", self.process)

    def stop(self):
        self.process.kill()
        self.process.wait()
        for name in ("tpm", "tpm.ctrl", "pid"):
            if os.path.exists(self.path(name)):
                os.unlink(self.path(name))

    def reset(self):
        """In good order: else the third would lock the keys."""
        self.tool("shutdown", "-c")
        self.stop()
        self.start()

    def keep(self):
        """While it is off: a copy of one that runs is one that fell down, and
        is not sure of its Clock."""
        self.tool("shutdown", "-c")
        self.stop()
        shutil.rmtree(self.path("kept"), ignore_errors=True)
        shutil.copytree(self.path("state"), self.path("kept"))
        self.start()

    def put_back(self):
        self.stop()
        shutil.rmtree(self.path("state"))
        shutil.copytree(self.path("kept"), self.path("state"))
        self.start()

    def tool(self, name, *args):
        env = {**os.environ, "TPM2TOOLS_TCTI": "swtpm:path=" +
               self.path("tpm"), "TSS2_LOG": "all+NONE"}
        for command in (["tpm2_" + name, *args],
                        ["tpm2_flushcontext", "-t"],
                        ["tpm2_flushcontext", "-s"])[
                            :3 if name.startswith("create") else 1]:
            subprocess.run(command, check=True, env=env, cwd=self.dir,
                           stdin=subprocess.DEVNULL, stdout=self.room.log,
                           stderr=self.room.log)

    def extend(self, pcr, digest):
        self.tool("pcrextend", "%d:sha256=%s" % (pcr, digest.hex()))

    @property
    def selection(self):
        return "sha256:" + ",".join(map(str, self.pcrs))

    def evidence(self, vm, extra, bound, ak=None, log=None):
        self.tool("quote", "-c", self.aks[ak or vm], "-l", self.selection,
                  "-q", extra.hex(), "-m", "attest", "-s", "sig", "-g",
                  "sha256")
        return peer.dumps({
            "ak": self.read((ak or vm) + ".pub"), "alg": 11, "bound": bound,
            "pcrs": self.values(), "vm_id": vm, "version": 1,
            "attest": self.read("attest"), "signature": self.read("sig"),
            **({} if log is None else {"event_log": log})})

    def values(self):
        self.tool("pcrread", self.selection, "-o", "values")
        raw = self.read("values")
        return [{"index": i, "value": raw[32 * n:32 * n + 32]}
                for n, i in enumerate(self.pcrs)]

    def name(self, vm):
        return b"\0\x0b" + hashlib.sha256(self.read(vm + ".pub")[2:]).digest()


class Room(cell.Cell):
    """With such a TPM beside the appliance's."""

    guest = None
    more = ()               # channels besides

    def configure(self, settings=""):
        super().configure(settings + "".join(
            "\n[peer %s]\nsocket = %s\nuid = %d" %
            (vm, self.socket(vm), os.getuid()) for vm in self.more))

    def close(self):
        if self.guest is not None:
            self.guest.stop()
        super().close()

    def decide(self, command, **arguments):
        """By the officer that there is."""
        (warden,) = self.officers.values()
        raw = peer.act(self.root, command, arguments,
                       self.status()[1]["epoch"])
        p = self.connect("admin")
        kind, answer = p.call("admin_req", peer.admin_request(
            raw, [peer.approve(warden, raw)]))
        p.close()
        assert (kind, answer["result"]) == ("admin_resp", "ok"), answer

    def enrol(self, vm):
        """One TPM plays those of all domains, so each gets an EK's digest of
        its own: officers are believed about that, and evidence has none."""
        self.decide("vm-enrol", vm=vm, ak=self.guest.name(vm),
                    ek=hashlib.sha256(vm.encode() + self.guest.read(
                        "ek.pub")).digest())

    def write_trust(self, version, domains, sign=True, **more):
        with open(self.path("trust"), "rb") as f:
            said = quotes.cbor2.loads(quotes.cbor2.loads(f.read())["object"])
        said.update(version=version, references=[
            {"alg": 11, "mask": sum(1 << i for i in self.guest.pcrs),
             "vm_id": vm, "ak_name": self.guest.name(vm),
             "sets": [b"".join(v["value"] for v in self.guest.values())],
             "strict_reset": False, "firmware_floor": 0, **more}
            for vm in sorted(domains)])
        raw = peer.dumps(said)
        (warden,) = self.officers.values()
        self.write("trust.new", peer.dumps({"object": raw, "signatures": [
            peer.approve(warden, raw, b"anchorhold/1 trust")]
            if sign else []}))

    def restart(self):
        self.stop()
        self.configure("trust = " + self.path("trust.new"))
        self.start()

    def challenge(self, vm="web", p=None):
        q = p or self.connect(vm)
        kind, answer = q.call("challenge_req", {
            "request_id": peer.request()["request_id"]})
        if p is None:
            q.close()
        assert kind == "challenge_resp", answer
        return answer["challenge"]
