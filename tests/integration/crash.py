# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of crashes ask of a cryptod: requests that remember what
became of them, and enough of them to fill a journal."""

import os

import peer

MANY = "requests_rate = 100000\nrequests_burst = 1000000\n"
# And failures are forgotten: each start after a kill is one.
SETTINGS = MANY + """[throttle]
burst = 20
window = 1s
global_window = 1s
give_up = 100000
"""
SEGMENT_MAX = SNAPSHOT_AFTER = 4 << 20      # src/audit, src/store


def token_request(**more):
    return peer.request(**{"vm_id": "web", "requested_scope": ["web:read"],
                           "justification": "", "nonce": os.urandom(16),
                           **more})


def hold_over(cell):
    """Who has the code of a step that an unclean start holds is told for how
    long; then that time passes."""
    p = cell.connect()
    answer = p.call("totp_validate_req", peer.totp_request(cell.code(-1)))[1]
    cell.clock.go(answer.get("retry_after", 0))
    p.close()


class Ask:
    """One request of a client's, and what came of it: told is that it was
    answered ok, kept that the log has it."""

    def __init__(self, cell, name):
        self.cell, self.name, self.told, self.kept = cell, name, False, False
        self.code = None
        if name == "unlock":
            self.vm, self.kind = "unlocker", "totp_validate_req"
            # One step ahead, so that after the hold nothing but the floor
            # keeps it from being good once more.
            self.code = cell.code(1)
            self.step = cell.clock.wall // 30 + 1
            self.body = peer.unlock_request(self.code)[0]
        else:
            self.vm, self.kind = "web", "token_issue_req"
            self.body = token_request()

    @property
    def id(self):
        return self.body["request_id"]

    def __call__(self):
        p = self.cell.connect(self.vm)
        p.send(self.kind, self.body)
        return self.take(p)

    def take(self, p):
        try:
            answer = p.receive()[1]
            assert answer["result"] == "ok", answer
            self.told = True
        except (peer.Closed, OSError):
            pass
        p.close()
        return self


def large_request():
    """It is refused, and its entry is as long as entries are."""
    names = ["%s-%d:%s" % ("s" * 29, n, "t" * 32) for n in range(8)]
    return token_request(requested_scope=names, justification="j" * 512,
                         audience=["a" * 62 + "-%d" % n for n in range(8)],
                         metadata={"m": b"m" * 1000})


def fill(cell, name, goal):
    """Until the file has so many bytes, but for three large entries."""
    path = os.path.join(cell.state, name)
    peers = [cell.connect("web") for _ in range(8)]
    while os.path.getsize(path) < goal - 500000:
        for p in peers:
            for _ in range(12):
                p.send("token_issue_req", large_request())
        for p in peers:
            for _ in range(12):
                assert p.receive()[1]["result"] == "denied"
    while os.path.getsize(path) < goal - 10000:
        assert peers[0].call("token_issue_req",
                             large_request())[1]["result"] == "denied"
    for p in peers:
        p.close()
