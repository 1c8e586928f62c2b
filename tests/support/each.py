# SPDX-License-Identifier: Apache-2.0
"""The functions of an integration test as TAP: those that are named on the command line, else all."""

import sys


def run_each(tests):
    """The exit status."""
    chosen = [test for test in tests if test.__name__ in sys.argv[1:]] or tests
    print(f"1..{len(chosen)}", flush=True)
    failed = False
    for number, test in enumerate(chosen, 1):
        try:
            test()
            print(f"ok {number} - {test.__name__}", flush=True)
        except Exception as error:  # each test stands alone
            failed = True
            print(f"not ok {number} - {test.__name__}: {type(error).__name__}: {error}", flush=True)
    return failed
