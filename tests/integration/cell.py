# SPDX-License-Identifier: GPL-2.0-or-later
"""A whole appliance for one test: a software TPM, a ceremony, a cryptod, in a
directory that is gone afterwards.  Nothing here sleeps: it waits for the
readiness descriptor, for sockets that were listening before, for exits.

TPM and cryptod are one cell: whatever unseals after a cryptod has run is
preceded by a power cycle, as it is under the supervisor."""

import base64
import hashlib
import io
import mmap
import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
import urllib.parse

import cbor2
from cryptography.hazmat.primitives.asymmetric import ed25519

import holders
import peer
import tap
import vchan

BUILD = os.environ.get("top_builddir", ".")
LINK = "unix"           # or "vchan": over the mock of libxenvchan
LIES = ""               # what that says wrong
SHUTDOWN = bytes.fromhex("80010000000c000001450000")    # TPM2, CLEAR

ACL = """\
operator alice luks:*
operator alice net:*
operator bob vm:start
vm unlocker luks:*
vm unlocker net:*
vm web web:*
vm web luks:*
audience unlocker luks:*
audience firewall net:*
audience web web:*
audience api web:*
person luks:*
channel alice unlocker
channel bob unlocker
release unlocker luks:root
"""


def copy_tpm(memory, to):
    """Of one that may run: what swtpm writes has another name at first."""
    shutil.copytree(memory, to, ignore=shutil.ignore_patterns("TMP*"))


class Clock:
    """The page that test builds of the daemons read the time from."""

    def __init__(self):
        self.fd = os.memfd_create("clock", 0)
        os.ftruncate(self.fd, 4096)
        self.page = mmap.mmap(self.fd, 4096)
        self.crawled = 0
        self.set(int(time.time()), 1000000)
        peer.NOW = lambda: self.wall

    def set(self, wall, boot_ms):
        self.wall, self.boot_ms = wall, boot_ms
        self.page[:16] = struct.pack("=QQ", wall, boot_ms)

    def go(self, seconds):
        """Time passes."""
        self.set(self.wall + seconds, self.boot_ms + 1000 * seconds)

    def crawl(self):
        """So little passes that a peer may ask once more."""
        self.crawled += 1
        self.set(self.wall + (self.crawled % 50 == 0), self.boot_ms + 20)

    def jump(self, seconds):
        """Somebody sets the wall clock."""
        self.set(self.wall + seconds, self.boot_ms)


class Cell:
    def __init__(self, digits=6, algorithm="SHA1", step=30, settings="",
                 acl=ACL, prefix=(), officers=(), quorum=2):
        self.dir = tempfile.mkdtemp(prefix="ah.")
        self.state = self.path("state")
        self.clock = Clock()
        self.prefix = list(prefix)
        self.officers, self.quorum = dict(officers), quorum
        if not self.officers:
            self.officers, self.quorum = {
                "warden": ed25519.Ed25519PrivateKey.generate()}, 1
        self.daemon = self.swtpm = None
        self.used = False       # the TPM, by a cryptod, since its power-on
        self.since = time.monotonic()
        self.binary = "cryptod"
        self.sound = b"", [], bytes(32)         # of the log, looked at before
        if LINK == "vchan":
            vchan.make_machine(self.path("xen"))
        self.log = open(self.path("log"), "w+b")
        tap.SAID.append(self)
        self.totp = {"digits": digits, "alg": algorithm.lower(),
                     "step": step}
        try:
            self.start_tpm()
            self.hold_ceremony(acl, digits, algorithm, step)
            self.configure(settings)
        except BaseException as problem:
            text = self.log_text()
            self.close()
            raise RuntimeError(text) from problem

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def program(self, name):
        return os.path.join(BUILD, "tests/daemons", name)

    @property
    def tcti(self):
        return "swtpm:path=" + self.path("tpm")

    # ---- the TPM ----

    def start_tpm(self):
        os.makedirs(self.path("tpmstate"), exist_ok=True)
        self.swtpm = subprocess.Popen(
            ["swtpm", "socket", "--tpm2",
             "--tpmstate", "dir=" + self.path("tpmstate"),
             "--server", "type=unixio,path=" + self.path("tpm"),
             "--ctrl", "type=unixio,path=" + self.path("tpm.ctrl"),
             "--flags", "not-need-init,startup-clear",
             "--pid", "file=" + self.path("tpm.pid")],
            stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL)
        self.wait_for_file("tpm.pid", self.swtpm)
        self.used = False

    def fresh_tpm(self):
        """A power cycle, if a cryptod has used this TPM and has ended: an
        orderly one, unless it does not answer, or the clock of the test
        stood still for so long that its own would tell."""
        if not self.used or self.swtpm.poll() is not None or \
                self.daemon is not None and self.daemon.poll() is None:
            return
        if time.monotonic() - self.since < 20:
            self.shut_down_tpm()
        self.stop_tpm()
        self.start_tpm()

    def shut_down_tpm(self):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(10)
            try:
                s.connect(self.path("tpm"))
                s.sendall(SHUTDOWN)
                s.recv(10)
            except OSError:
                pass

    def stop_tpm(self):
        self.swtpm.kill()
        self.swtpm.wait()
        for name in ("tpm", "tpm.ctrl", "tpm.pid"):
            if os.path.exists(self.path(name)):
                os.unlink(self.path(name))

    def wait_for_file(self, name, process):
        """inotify is not in Python's library; inotifywait is not installed:
        the directory's own descriptor cannot be polled, so yield."""
        while not os.path.exists(self.path(name)):
            if process.poll() is not None:
                raise RuntimeError("it ended: " + self.log_text())
            os.sched_yield()

    # ---- a machine as it was ----

    def keep(self, name="kept"):
        """The state and what the TPM remembers; no cryptod runs."""
        shutil.rmtree(self.path(name), ignore_errors=True)
        shutil.copytree(self.state, self.path(name, "state"), symlinks=True)
        copy_tpm(self.path("tpmstate"), self.path(name, "tpmstate"))

    def put_back(self, name="kept", tpm=True):
        """Without the TPM it is a state that was rolled back."""
        shutil.rmtree(self.state, ignore_errors=True)
        shutil.copytree(self.path(name, "state"), self.state, symlinks=True)
        if tpm:
            self.put_back_tpm(self.path(name, "tpmstate"))

    def put_back_tpm(self, memory):
        self.stop_tpm()
        shutil.rmtree(self.path("tpmstate"))
        shutil.copytree(memory, self.path("tpmstate"))
        self.start_tpm()

    # ---- the ceremony ----

    def mint(self, step, *args, pass_fds=()):
        self.fresh_tpm()
        return subprocess.run(
            [self.program("anchorhold-mint"), step, "--state", self.state,
             "--tcti", self.tcti, *args], check=True, stdin=subprocess.DEVNULL,
            stdout=self.log, stderr=self.log, env=self.env(),
            pass_fds=(self.clock.fd, *pass_fds))

    def env(self, domain=vchan.SERVER):
        return {**os.environ, "ANCHORHOLD_TEST_CLOCK": str(self.clock.fd),
                "ANCHORHOLD_TEST_XEN": self.path("xen"),
                "ANCHORHOLD_TEST_DOMAIN": str(domain),
                "ANCHORHOLD_TEST_VCHAN": LIES, "TSS2_LOG": "all+NONE",
                "LD_BIND_NOW": "1"}

    def enroll(self, operator, device, digits=6, algorithm="SHA1", step=30,
               code_steps=-1):
        """The part of the authenticator: reads the URI, types a code."""
        self.fresh_tpm()
        uri_r, uri_w = os.pipe()
        code_r, code_w = os.pipe()
        process = subprocess.Popen(
            [self.program("anchorhold-mint"), "operator", "--state",
             self.state, "--tcti", self.tcti, "--operator", operator,
             "--device", device, "--digits", str(digits), "--algorithm",
             algorithm, "--period", str(step), "--uri-fd", str(uri_w),
             "--code-fd", str(code_r)],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
            env=self.env(), pass_fds=(self.clock.fd, uri_w, code_r))
        os.close(uri_w)
        os.close(code_r)
        with open(uri_r, "rb") as f:
            uri = f.read().decode().strip()
        query = urllib.parse.parse_qs(urllib.parse.urlparse(uri).query)
        text = query["secret"][0]
        secret = base64.b32decode(text + "=" * (-len(text) % 8))
        code = peer.totp(secret, self.clock.wall, step, digits,
                         algorithm.lower(), code_steps)
        os.write(code_w, code.encode() + b"\n")
        os.close(code_w)
        if process.wait() != 0:
            raise RuntimeError("mint operator: " + self.log_text())
        return secret

    def hold_ceremony(self, acl, digits, algorithm, step):
        with open(self.path("acl"), "w") as f:
            f.write(acl)

        self.mint("check")
        self.make_keys("cryptod.test")
        self.mint("acl", "--acl", self.path("acl"))
        self.register()
        self.secret = self.enroll("alice", "phone", digits, algorithm, step)
        self.bob = self.enroll("bob", "phone")
        self.make_volume()
        self.make_trust()
        self.mint("finish", "--trust", self.path("trust"))

    def make_trust(self):
        """The officers sign the trust file, and are pinned."""
        draft = self.path("trust.draft")
        self.mint("trust", "--trust", draft)
        for name, private in list(self.officers.items())[:self.quorum]:
            if callable(private):
                self.sign_by_tool(draft, name)
        with open(draft, "rb") as f:
            outer = cbor2.loads(f.read())
        raw = outer["object"]
        for private in list(self.officers.values())[:self.quorum]:
            if not callable(private):
                outer["signatures"].append(
                    peer.approve(private, raw, b"anchorhold/1 trust"))
        self.write("trust", peer.dumps(outer))
        trust = cbor2.loads(raw)
        self.write("officers", peer.dumps(
            {k: trust[k] for k in ("issuer", "quorum", "officers")}))
        self.issuer = trust["issuer"]
        self.root = cbor2.loads(trust["root_key"])

    def sign_by_tool(self, draft, name):
        tool = os.path.join(BUILD, "anchorhold-reference")
        words = subprocess.run([tool, "words", draft], check=True,
                               capture_output=True, text=True).stdout.strip()
        r, w = os.pipe()
        os.write(w, self.passphrase.encode())
        os.close(w)
        subprocess.run([tool, "sign", "--key", self.path(name), "--words",
                        words, "--passphrase-fd", str(r), draft], check=True,
                       stdout=self.log, stderr=self.log, pass_fds=(r,))
        os.close(r)

    def register(self):
        """The officers: by name, with keys that a test holds, or what
        makes files of theirs."""
        args = []
        for name, private in self.officers.items():
            path = self.path(name + ".pub")
            if callable(private):
                private(self, name)
            else:
                with open(path, "wb") as f:
                    f.write(peer.dumps({"key": peer.dumps(peer.okp(private)),
                                        "officer_id": name}))
            args += ["--officer", path]
        if args:
            self.mint("officers", *args, "--quorum", str(self.quorum))

    def write(self, name, data):
        with open(self.path(name), "wb") as f:
            f.write(data if isinstance(data, bytes) else data.encode())
        return self.path(name)

    def make_keys(self, issuer):
        """K approves the TPM as it is, and the keys are made in it."""
        self.holders = holders.Holders()
        self.write("claim", self.holders.first())
        self.mint("claim", "--approvals", self.path("claim"))
        self.approve()
        self.mint("keys", "--issuer", issuer)

    def request(self):
        self.mint("request", "--request", self.path("request"), "--issuer",
                  "cryptod.test")
        with open(self.path("request"), "rb") as f:
            return f.read()

    def approve(self, **how):
        """The holders of K approve the present PCRs, or what how says."""
        self.write("approvals", self.holders.answer(self.request(), **how))
        self.mint("approvals", "--approvals", self.path("approvals"))

    def make_volume(self):
        self.volume = self.path("volume.img")
        with open(self.volume, "wb") as f:
            f.truncate(20 << 20)
        subprocess.run(
            ["cryptsetup", "luksFormat", "--type", "luks2", "--batch-mode",
             "--pbkdf", "pbkdf2", "--pbkdf-force-iterations", "1000",
             "--key-file", "-", self.volume], input=b"recovery", check=True,
            stdout=self.log, stderr=self.log)
        r, w = os.pipe()
        os.write(w, b"recovery")
        os.close(w)
        self.mint("volume", "--name", "luks:root", "--volume", self.volume,
                  "--passphrase-fd", str(r), pass_fds=(r,))
        os.close(r)

    # ---- cryptod ----

    def configure(self, settings=""):
        os.makedirs(self.path("run"), mode=0o750, exist_ok=True)
        lines = ["[cryptod]", "state = " + self.state, "tcti = " + self.tcti,
                 "lock_memory = secrets", settings]
        if "nv_budget" not in settings:
            lines.insert(-1, "nv_budget = 100000")
        for vm in ("unlocker", "web", "admin"):
            lines += ["[peer %s]" % vm]
            if LINK == "vchan":
                lines += vchan.settings(vm)
            else:
                lines += ["socket = " + self.socket(vm),
                          "uid = %d" % os.getuid()]
        with open(self.path("cryptod.conf"), "w") as f:
            f.write("\n".join(lines) + "\n")
        os.chmod(self.path("cryptod.conf"), 0o600)

    def socket(self, vm):
        return self.path("run", vm + ".sock")

    def start(self, expect=None):
        """Start cryptod and wait until it serves; with expect, until it has
        ended with that status."""
        self.fresh_tpm()
        self.used, self.since = True, time.monotonic()
        r, w = os.pipe()
        before = len(self.log_text())
        self.daemon = subprocess.Popen(
            self.prefix + [self.program(self.binary), "--config",
                           self.path("cryptod.conf"), "--ready-fd", str(w)],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
            env=self.env(), pass_fds=(self.clock.fd, w))
        os.close(w)
        ready = os.read(r, 64)
        os.close(r)
        if expect is not None:
            try:
                status = self.daemon.wait(timeout=120)
            except subprocess.TimeoutExpired:
                self.daemon.kill()
                status = self.daemon.wait()
            self.daemon = None
            assert status == expect, (status, self.log_text())
            return
        if not ready:
            status = self.daemon.wait()
            self.daemon = None
            raise RuntimeError("cryptod ended with %d: %s" %
                               (status, self.log_text()[before:]))

    def stop(self, sig=signal.SIGTERM):
        self.daemon.send_signal(sig)
        status = self.daemon.wait()
        self.daemon = None
        return status

    def freeze(self):
        """Until it is continued it does nothing: what is sent meanwhile is
        all there when it looks again.  The signal alone may come late."""
        self.daemon.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.daemon.pid, os.WSTOPPED)

    def connect(self, vm="unlocker"):
        if LINK == "vchan":
            return peer.Peer(None, over=vchan.Vchan(self.path("xen"), vm))
        return peer.Peer(self.socket(vm))

    def status(self, vm="admin"):
        p = self.connect(vm)
        kind, body = p.call("status_req", {
            "request_id": peer.request()["request_id"]})
        p.close()
        assert kind == "status_resp", (kind, body)
        return body["state"], body["detail"]

    def code(self, steps=0, secret=None, **how):
        return peer.totp(self.secret if secret is None else secret,
                         self.clock.wall, steps=steps,
                         **(how or self.totp))

    def next_code(self):
        """Time goes on to the next step, and its code."""
        self.clock.go(self.totp["step"])
        return self.code()

    def keys(self, vm="unlocker"):
        """(metadata, keys by use), checked against the root key; those that
        are stale are asked for again while new ones are being signed, which
        takes its time by both clocks."""
        p = self.connect(vm)
        while True:
            kind, body = p.call("key_metadata_req", {
                "request_id": peer.request()["request_id"]})
            if body.get("reason") != "keys.pending":
                break
            self.clock.crawl()
        p.close()
        assert kind == "key_metadata_resp", (kind, body)
        return peer.keys_of(body["object"], self.root)

    def segments(self):
        """All segments, one behind the other."""
        where = os.path.join(self.state, "audit")
        raw = b""
        for name in sorted(n for n in os.listdir(where)
                           if n.endswith(".seg")):
            with open(os.path.join(where, name), "rb") as f:
                raw += f.read()
        return raw

    def audit(self):
        """All entries in them, in order, as maps."""
        f, entries = io.BufferedReader(io.BytesIO(self.segments())), []
        while f.peek(1):
            entries.append(cbor2.load(f))
        return entries

    def verify_log(self):
        """The same, each the next and the last of them signed; and so says
        anchorctl of all of them."""
        where = os.path.join(self.state, "audit")
        keys = {}
        with open(os.path.join(where, "keys.cbor"), "rb") as f:
            while f.peek(1):                # the first and the latest
                _, listed = peer.keys_of(peer.dumps(cbor2.load(f)), self.root)
                keys.update((row["kid"], row["key"])
                            for row in listed["audit"])
        raw, (sound, entries, previous) = self.segments(), self.sound
        if not raw.startswith(sound):
            sound, entries, previous = b"", [], bytes(32)
        entries = list(entries)
        f = io.BufferedReader(io.BytesIO(raw[len(sound):]))
        while f.peek(1):
            entry = cbor2.load(f)
            assert entry["sequence"] == len(entries) + 1, entry
            assert entry["previous"] == previous, entry
            previous = hashlib.sha256(peer.dumps(entry)).digest()
            entries.append(entry)
        for entry in entries:
            if entry["action"] == "key.rotated":
                key = cbor2.loads(entry["metadata"]["key"])
                keys[peer.kid(key)] = key
        for entry in entries[-8:]:
            signed = cbor2.loads(entry["signature"]).value[0]
            peer.check_body(entry, keys[cbor2.loads(signed)[4]], "audit_log")
        out = subprocess.run(
            [os.path.join(BUILD, "anchorctl"), "audit", "verify", "--trust",
             self.path("trust"), "--officers", self.path("officers"), where], capture_output=True)
        assert out.returncode == 0, out
        self.sound = raw, entries, previous
        return entries

    def log_text(self):
        self.log.flush()
        with open(self.path("log"), "rb") as f:
            return f.read().decode(errors="replace")

    def close(self):
        for process in (self.daemon, self.swtpm):
            if process is not None and process.poll() is None:
                process.kill()
                process.wait()
        tap.SAID.remove(self)
        self.log.close()
        shutil.rmtree(self.dir, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
