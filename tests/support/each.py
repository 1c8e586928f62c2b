# SPDX-License-Identifier: Apache-2.0
"""The functions of an integration test as TAP: all of them, or those named after the program under test."""

import sys


def run_each(tests, wanted=None):
    """The exit status."""
    wanted = sys.argv[2:] if wanted is None else wanted
    chosen = [test for test in tests if not wanted or test.__name__ in wanted]
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
