# SPDX-License-Identifier: GPL-2.0-or-later
"""The cases of a system test, one TAP line each: functions named test_*, in
the order in which they stand, their names the sentences that are printed.
Before each of them `before` clears away what a failed one left."""

import sys
import traceback

SAID = []               # by whom a failure may be explained: log_text()


class Skip(Exception):
    """Raised by a case that cannot be tried here; its text says why."""


def run(module, *args, before=None):
    cases = [f for name, f in vars(module).items()
             if name.startswith("test_") and callable(f)]
    print("1..%d" % len(cases), flush=True)
    failed = 0
    for number, case in enumerate(cases, 1):
        name = case.__name__[5:].replace("_", " ")
        try:
            if before is not None:
                before()
            case(*args)
        except Skip as why:
            print("ok %d %s # SKIP %s" % (number, name, why), flush=True)
        except Exception:                       # every one of them is one
            failed += 1
            print("not ok %d %s" % (number, name), flush=True)
            for line in traceback.format_exc().splitlines() + [
                    line for said in SAID
                    for line in said.log_text().splitlines()[-20:]]:
                print("#", line, flush=True)
        else:
            print("ok %d %s" % (number, name), flush=True)
    sys.exit(1 if failed else 0)
