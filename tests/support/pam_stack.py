# SPDX-License-Identifier: Apache-2.0
"""PAM services as pam-auth-update makes them from packaging/pam-configs, and logging in."""

import os
import pathlib
import subprocess

import seats

AUTH_COLLECT = "auth [success=ignore ignore=ignore default=die] {sekisho} collect"
AUTH_PASSWORD = """auth [success=1 default=ignore] {password}
auth requisite pam_deny.so
auth required pam_permit.so"""
AUTH_SOCKET_GOES = "auth optional pam_exec.so quiet /bin/rm /run/sekisho/sock/otp"
AUTH_VERIFY = "auth [success=ok ignore=ignore default=die] {sekisho} verify"
ACCOUNT = """account required {sekisho}
account [success=1 new_authtok_reqd=done default=ignore] {password}
account requisite pam_deny.so
account required pam_permit.so"""
SERVICES = {
    "login": [AUTH_COLLECT, AUTH_PASSWORD, AUTH_VERIFY, ACCOUNT],
    "interrupted": [AUTH_COLLECT, AUTH_PASSWORD, AUTH_SOCKET_GOES, AUTH_VERIFY, ACCOUNT],
    "swapped": [AUTH_COLLECT, AUTH_PASSWORD.replace("{password}", "{password} suzuki"), AUTH_VERIFY,
                ACCOUNT],
    "collect-alone": [AUTH_COLLECT, AUTH_PASSWORD, ACCOUNT],
    "verify-alone": [AUTH_PASSWORD, AUTH_VERIFY, ACCOUNT],
    "account-alone": [AUTH_PASSWORD, ACCOUNT],
    "sshd": [AUTH_PASSWORD, ACCOUNT],       # as after a login by key: no auth line of ours
    "account-strict": [AUTH_PASSWORD, ACCOUNT.replace("{sekisho}", "{sekisho} strict")],
    "collect-expired": [AUTH_COLLECT, AUTH_PASSWORD,
                        ACCOUNT.replace("{password}", "pam_debug.so acct=new_authtok_reqd")],
}


class Login:
    """What one attempt came to: the numbers of PAM, and what was shown."""

    def __init__(self, output):
        pairs = [line.split("=", 1) for line in output.splitlines()]
        last = dict(pairs)
        self.prompts, self.conversations = int(last["prompts"]), int(last["conversations"])
        self.auth, self.acct = (int(n) for n in last["result"].split(","))
        self.asked = [value for key, value in pairs if key == "prompt"]
        self.texts = [value for key, value in pairs if key == "text"]
        self.delay_us = int(last["delay"].split(",")[1]) if "delay" in last else 0

    @property
    def is_in(self):
        return (self.auth, self.acct) == (0, 0)

    def __repr__(self):
        return f"auth={self.auth} acct={self.acct} asked={self.asked} texts={self.texts}"


class Stack:
    def __init__(self, directory, driver, sekisho, password):
        self.directory, self.driver = pathlib.Path(directory), driver
        self.directory.mkdir()
        self.paths = {"sekisho": pathlib.Path(sekisho).resolve(), "password": pathlib.Path(password).resolve()}
        for name, parts in SERVICES.items():
            self.add(name, parts)

    def add(self, name, parts):
        """One more service, or another stack of one."""
        text = "\n".join(parts).format(**self.paths) + "\n"
        (self.directory / name).write_text(text, encoding="ascii")

    def login(self, user, password, code, service="login", rhost=None, tty="pts/1", seat=None, **environment):
        """@seat: what seats.sit() makes of the program that logs in."""
        return Login(subprocess.run(
            [self.driver, self.directory, service, user, password, code] + ([rhost] if rhost else []),
            check=False, capture_output=True, encoding="utf-8",
            preexec_fn=seat and (lambda: seats.sit(os.getpid(), *seat)), env={**os.environ, "LOGIN_TTY": tty, **environment}).stdout)
