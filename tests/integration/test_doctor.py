#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`sekisho doctor` on systems that the test writes: each door is found, and a guarded one has none.

usage: test_doctor.py SEKISHO [TEST...]
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))

from each import run_each  # noqa: E402

COLLECT = "auth [success=ignore ignore=ignore default=die] pam_sekisho.so collect\n"
UNIX = """auth [success=1 default=ignore] pam_unix.so nullok try_first_pass
auth requisite pam_deny.so
auth required pam_permit.so
"""
VERIFY = "auth [success=ok ignore=ignore default=die] pam_sekisho.so verify\n"
ACCOUNT = """account [success=1 new_authtok_reqd=done default=ignore] pam_unix.so
account requisite pam_deny.so
account required pam_permit.so
"""
OURS = "account required pam_sekisho.so\n"
INCLUDES = "@include common-auth\n@include common-account\n"
SUDOERS = "Defaults env_reset\nDefaults timestamp_timeout=0\nroot ALL=(ALL:ALL) ALL\n%sudo ALL=(ALL:ALL) ALL\n"
SSHD = "Include /etc/ssh/sshd_config.d/*.conf\nUsePAM yes\nX11Forwarding yes\n"
SSHD_OURS = ("UsePAM yes\nKbdInteractiveAuthentication yes\nPasswordAuthentication no\n"
             "AuthenticationMethods keyboard-interactive:pam publickey,keyboard-interactive:pam\n")
# As Debian 12 has them, and pam-auth-update with both profiles.
GUARDED = {
    "etc/pam.d/common-auth": "# comment\n" + COLLECT + UNIX + VERIFY + "auth optional pam_cap.so\n",
    "etc/pam.d/common-account": OURS + ACCOUNT,
    "etc/pam.d/login": "auth optional pam_faildelay.so delay=3000000\nauth requisite pam_nologin.so\n" + INCLUDES
                       + "session [success=ok ignore=ignore module_unknown=ignore default=bad] pam_selinux.so close\n",
    "etc/pam.d/su": "auth sufficient pam_rootok.so\n" + INCLUDES,
    "etc/pam.d/sudo": "session required pam_limits.so\n" + INCLUDES,
    "etc/pam.d/sshd": "@include common-auth\naccount required pam_nologin.so\n@include common-account\n",
    "etc/pam.d/cron": INCLUDES,
    "etc/pam.d/runuser": "auth sufficient pam_rootok.so\n",
    "etc/pam.d/lightdm": "auth requisite pam_nologin.so\n"
                         "auth sufficient pam_succeed_if.so user ingroup nopasswdlogin\n" + INCLUDES,
    "etc/pam.d/lightdm-greeter": "auth required pam_permit.so\n",
    "etc/pam.d/other": INCLUDES,
    "usr/lib/pam.d/polkit-1": INCLUDES,
    "etc/ssh/sshd_config": SSHD,
    "etc/ssh/sshd_config.d/10-sekisho.conf": SSHD_OURS,
    "etc/sudoers": SUDOERS + "@includedir /etc/sudoers.d\n",
    "etc/passwd": "root:x:0:0::/root:/bin/bash\nsato:x:1000:1000::/home/sato:/bin/bash\n",
    "etc/group": "root:x:0:\nsudo:x:27:sato\nnopasswdlogin:x:116:\n",
    "etc/shadow": "root:!:20000::::::\nsato:$y$j9T$abc:20000::::::\n",
    "etc/lightdm/lightdm.conf": "[Seat:*]\n#autologin-user=sato\n",
    "usr/lib/systemd/system/getty@.service": "[Service]\nExecStart=-/sbin/agetty -o '-p -- \\\\u' --noclear - $TERM\n",
    "usr/lib/systemd/system/rescue.service": "[Service]\nExecStart=-/lib/systemd/systemd-sulogin-shell rescue\n",
    "usr/sbin/sshd": "",
}


class System:
    def __init__(self, directory):
        self.root = pathlib.Path(directory)
        for name, text in GUARDED.items():
            self.write(name, text)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())

    def edit(self, name, old, new):
        text = (self.root / name).read_text()
        assert old in text, (name, old)
        self.write(name, text.replace(old, new))

    def run(self, *words, lang="C"):
        env = {k: v for k, v in os.environ.items() if not k.startswith("LC_")} | {"LANG": lang}
        done = subprocess.run([sys.argv[1], "doctor", "--root", self.root, *words], env=env, check=False,
                              capture_output=True, encoding="utf-8")
        return done.returncode, done.stdout, done.stderr

    def examine(self):
        status, out, errors = self.run("--json")
        report = json.loads(out)
        assert not errors, errors
        assert status == (1 if report["open"] else 2 if report["unchecked"] else 0), (status, out)
        for severity, key in (("open", "open"), ("unchecked", "unchecked"), ("weak", "weak"), ("note", "notes")):
            assert report[key] == sum(f["severity"] == severity for f in report["findings"]), out
        for finding in report["findings"]:
            assert set(finding) == {"severity", "id", "subject", "file", "line", "column", "what", "remedy", "path"}
            assert finding["severity"] != "open" or finding["remedy"], finding
        return report


def system():
    directory = tempfile.TemporaryDirectory(prefix="sekisho-doctor-")
    made = System(directory.name)
    made.keep = directory
    return made


def found(report, severity="open"):
    return {(f["id"], f["subject"]) for f in report["findings"] if f["severity"] == severity}


def ids(report, severity="open"):
    return {f["id"] for f in report["findings"] if f["severity"] == severity}


def one(report, id_):
    findings = [f for f in report["findings"] if f["id"] == id_]
    assert len(findings) == 1, (id_, report["findings"])
    return findings[0]


def expect_only(made, id_, subject=None, severity="open", line=None):
    report = made.examine()
    assert ids(report, severity) == {id_}, (id_, report["findings"])
    finding = one(report, id_)
    assert subject is None or finding["subject"] == subject, finding
    assert line is None or finding["line"] == line, finding
    return finding


def a_guarded_system_has_no_open_door():
    report = system().examine()
    assert report["set_up"] and not ids(report) and not ids(report, "unchecked") and not ids(report, "weak"), report
    notes = {f["id"]: f for f in report["findings"]}
    assert notes["pam.root"]["what"].endswith(": su"), notes
    assert "cron" in notes["pam.not-a-door"]["what"] and "runuser" in notes["pam.not-a-door"]["what"], notes
    assert notes["sshd.all-three"]["subject"] == "publickey,keyboard-interactive:pam", notes
    assert "account.root-locked" in notes, notes


def without_the_profiles_one_sentence_says_it():
    made = system()
    made.write("etc/pam.d/common-auth", UNIX)
    made.write("etc/pam.d/common-account", ACCOUNT)
    finding = expect_only(made, "pam.not-set-up")
    assert finding["remedy"].startswith("sekisho setup"), finding


def a_help_desk_is_no_terminal_unless_guarded():
    made = system()
    made.write("etc/pam.d/common-auth", UNIX)
    made.write("etc/pam.d/common-account", ACCOUNT)
    made.write("etc/sekisho/desk", "")
    expect_only(made, "pam.desk", severity="weak")
    assert not ids(made.examine()), made.examine()
    made.write("etc/udev/rules.d/05-sekisho-enrolled.rules", "")
    expect_only(made, "pam.not-set-up")


def each_profile_alone_is_told():
    made = system()
    made.write("etc/pam.d/common-auth", UNIX + VERIFY)
    report = made.examine()
    assert not ids(report) and "login" in one(report, "pam.refuses-all")["what"], report
    made.write("etc/pam.d/common-auth", COLLECT + UNIX)
    report = made.examine()
    assert ids(report) == set() and "pam.account-alone" in ids(report, "weak"), report
    made.write("etc/pam.d/common-account", ACCOUNT + OURS)
    finding = one(made.examine(), "pam.no-code")
    assert "must change his password" in finding["what"], finding
    assert finding["path"][-1]["result"] == "new_authtok_reqd", finding
    made.write("etc/pam.d/common-account", ACCOUNT)
    finding = one(made.examine(), "pam.no-code")
    assert "must change" not in finding["what"] and "sudo" in finding["subject"], finding


def what_stands_before_the_code_is_shown_module_by_module():
    made = system()
    made.edit("etc/pam.d/sudo", "@include common-auth", "auth sufficient pam_fprintd.so\n@include common-auth")
    finding = expect_only(made, "pam.no-code", "sudo", line=2)
    assert finding["file"] == "/etc/pam.d/sudo", finding
    assert [(step["file"], step["line"], step["module"], step["result"]) for step in finding["path"]][0] == (
        "/etc/pam.d/sudo", 2, "pam_fprintd.so", "success"), finding
    status, out, _ = made.run()
    assert status == 1 and "/etc/pam.d/sudo:2 pam_fprintd.so: success" in out and "remedy: " in out, out
    made.write("lib/x86_64-linux-gnu/security/pam_sekisho.so", "")
    report = made.examine()
    assert not ids(report), "a module that is not there cannot succeed"


def stacks_that_miss_the_code_are_found():
    inner = "auth [success=done default=die] pam_exec.so /bin/true\nauth required pam_sekisho.so verify\n"
    for name, text, id_ in (
            ("jump over verify", COLLECT + "auth [success=3 default=ignore] pam_unix.so\nauth requisite pam_deny.so\n"
             "auth required pam_permit.so\n" + VERIFY + "auth required pam_permit.so\n", "pam.account-alone"),
            ("optional verify", COLLECT + UNIX + "auth optional pam_sekisho.so verify\n", "pam.account-alone"),
            ("done in a substack", "auth substack inner\nauth required pam_permit.so\n", "pam.nothing-asked"),
            ("ignored failure", COLLECT.replace("default=die", "default=ignore") + UNIX, "pam.no-code"),
            ("nothing but a condition", "auth sufficient pam_succeed_if.so user ingroup sudo\n" + COLLECT + UNIX + VERIFY,
             "pam.nothing-asked"),
            ("the order of both", VERIFY.replace("default=die", "default=ignore") + UNIX + COLLECT, "pam.account-alone")):
        made = system()
        made.write("etc/pam.d/inner", inner)
        made.write("etc/pam.d/xrdp", text + "@include common-account\n")
        report = made.examine()
        seen = {f["id"] for f in report["findings"] if f["severity"] in ("open", "weak") and "xrdp" in f["subject"]}
        assert seen == {id_}, (name, report["findings"])


def lockers_that_skip_account_are_judged_by_auth():
    made = system()
    made.write("etc/pam.d/common-auth", COLLECT + UNIX)
    made.write("etc/pam.d/swaylock", "auth include common-auth\n")
    assert found(made.examine()) == {("pam.no-code", "swaylock")}
    (made.root / "etc/pam.d/swaylock").unlink()
    made.write("etc/pam.d/gdm-password", INCLUDES)  # heeds it at a login, not when it unlocks
    assert found(made.examine()) == {("pam.no-code", "gdm-password")}
    made.write("etc/pam.d/common-auth", GUARDED["etc/pam.d/common-auth"])
    assert not found(made.examine())
    made = system()
    made.write("usr/bin/i3lock", "")
    made.write("usr/bin/slock", "")
    made.write("usr/lib/x86_64-linux-gnu/libexec/kscreenlocker_greet", "")
    made.write("etc/pam.d/other", UNIX + ACCOUNT)
    report = made.examine()
    assert {("pam.no-code", "other, i3lock, kde")} == found(report), report
    assert one(report, "pam.other")["what"].endswith(": i3lock, kde"), report
    assert ("locker.no-pam", "slock") in found(report, "weak"), report
    assert ("locker.one-field", "i3lock") in found(report, "note"), report
    assert "one-answer" in one(report, "locker.one-field")["remedy"], report


def pam_conf_counts_where_there_is_no_folder():
    made = system()
    for name in GUARDED:
        if "pam.d/" in name:
            (made.root / name).unlink()
    (made.root / "etc/pam.d").rmdir()
    (made.root / "usr/lib/pam.d").rmdir()
    stack = "".join(f"login {line}\n" for line in (COLLECT + UNIX + VERIFY + ACCOUNT + OURS).splitlines())
    other = "other auth required pam_deny.so\nOTHER account required pam_deny.so\n"
    made.write("etc/pam.conf", stack + other)
    assert not ids(made.examine())
    made.write("etc/pam.conf", "login auth sufficient pam_u2f.so\n" + stack + other)
    expect_only(made, "pam.no-code", "login", line=1)


def what_cannot_be_understood_is_never_fine():
    for name, text, says, line in (
            ("etc/pam.d/xrdp", "auth requird pam_unix.so\n", "control", 1),
            ("etc/pam.d/xrdp", "\nauht required pam_unix.so\n", "neither auth", 2),
            ("etc/pam.d/xrdp", "auth required\n", "module is missing", 1),
            ("etc/pam.d/xrdp", "auth required pam_deny.so\nauth include xrdp\n", "without an end", 2),
            ("etc/pam.d/xrdp", "@include nowhere\n", "cannot be read", 1),
            ("etc/pam.d/xrdp", "#" + "x" * 1100 + "\n", "1023 bytes", 1),
            ("etc/pam.d/xrdp", "auth required pam_deny.so \\", "within a line", 1),
            ("etc/pam.d/xrdp", b"auth required \0pam_deny.so\n", "zero byte", 0),
            ("etc/pam.d/xrdp", "#\n" * 600_000, "larger than", 0),
            ("etc/ssh/sshd_config", SSHD + "Include /etc/*/x.conf\n", "cannot be followed", 4),
            ("etc/sudoers", SUDOERS + "@include /etc/sudoers.%h\n", "cannot be followed", 5),
            ("etc/sudoers", SUDOERS + "@include missing\n", "not there", 0),
            ("etc/shadow", "root:!:1::::::\nsato\n", "not understood", 2)):
        made = system()
        made.write(name, text)
        report = made.examine()
        unchecked = [f for f in report["findings"] if f["severity"] == "unchecked"]
        japanese = json.loads(made.run("--json", lang="ja_JP.UTF-8")[1])
        told = [f["what"] for f in japanese["findings"] if f["severity"] == "unchecked"]
        assert len(told) == 1 and "remedy" not in told[0] and any(ord(c) > 0x3000 for c in told[0]), (name, told)
        assert len(unchecked) == 1 and says in unchecked[0]["what"] and unchecked[0]["line"] == line, (name, says, unchecked)
    made = system()
    (made.root / "etc/pam.d/xrdp").symlink_to("/etc/pam.d/gone")
    assert ids(made.examine(), "unchecked") == {"file.unreadable"}
    made = system()
    os.mkfifo(made.root / "etc/pam.d/xrdp")
    assert ids(made.examine(), "unchecked") == {"file.unreadable"}


def includes_without_an_end_are_told():
    for name, text, id_ in (("etc/sudoers", "@include /etc/sudoers\n" * 2, "sudo.include"),
                            ("etc/sudoers.d/a", "@includedir /etc/sudoers.d\n" * 2, "sudo.include"),
                            ("etc/ssh/sshd_config", SSHD + "Include /etc/ssh/*config\n" * 2, "sshd.include"),
                            ("etc/pam.d/xrdp", "auth include xrdp\n" * 2 + "@include xrdp\n" * 2, "pam.line")):
        made = system()
        made.write(name, text)
        report = made.examine()
        assert id_ in ids(report, "unchecked") and report["unchecked"] <= 4, (name, report["unchecked"])


def links_stay_below_the_root():
    made = system()
    made.write("etc/pam.d/real-login", (made.root / "etc/pam.d/login").read_text())
    (made.root / "etc/pam.d/login").unlink()
    (made.root / "etc/pam.d/login").symlink_to("/etc/pam.d/real-login")
    assert not ids(made.examine()) and not ids(made.examine(), "unchecked")


def sshd_doors_are_found():
    for text, id_, severity, line in (
            (SSHD + "KbdInteractiveAuthentication yes\n", "sshd.no-code", "open", 0),
            (SSHD + "PubkeyAuthentication no\n", None, "open", 0),
            (SSHD.replace("UsePAM yes", "UsePAM no") + "PubkeyAuthentication no\n", "sshd.no-code", "open", 0),
            (SSHD + SSHD_OURS + "Match User backup\n  AuthenticationMethods publickey\n", "sshd.no-code", "open", 9),
            (SSHD + SSHD_OURS + "Match all\n  AuthenticationMethods any\n", "sshd.no-code", "open", 0),
            (SSHD + "KbdInteractiveAuthentication yes\nMatch all\nAuthenticationMethods keyboard-interactive:pam\n",
             None, "open", 0),
            (SSHD + SSHD_OURS + "Match User a\nInclude extra.conf\n", "sshd.no-code", "open", 1),
            (SSHD + SSHD_OURS + "AuthenticationMethods publickey\n", None, "open", 0),
            ("AuthenticationMethods=publickey\n" + SSHD + SSHD_OURS, "sshd.no-code", "open", 1),
            (SSHD + SSHD_OURS + 'Match Address 10.0.0.0/8\nauthenticationmethods "publickey,password" hostbased\n'
             "HostbasedAuthentication yes\n", "sshd.no-code", "open", 9),
            (SSHD + SSHD_OURS + "PermitEmptyPasswords yes\n", "sshd.empty-passwords", "weak", 8),
            (SSHD + SSHD_OURS + "PermitRootLogin yes\n", "sshd.root", "weak", 8)):
        made = system()
        made.write("etc/ssh/sshd_config.d/10-sekisho.conf", "")
        made.write("etc/ssh/sshd_config", text)
        made.write("etc/pam.d/sshd", "@include common-auth\n" + ACCOUNT)    # nothing there refuses a key
        made.write("etc/ssh/extra.conf", "AuthenticationMethods publickey\nMatch User b\nAuthenticationMethods any\n")
        report = made.examine()
        assert (id_ in ids(report, severity)) == (id_ is not None) and (id_ or not ids(report)), (text, report)
        if line:
            assert line in [f["line"] for f in report["findings"] if f["id"] == id_], (text, report)


def the_account_line_refuses_a_key_alone():
    made = system()
    made.write("etc/ssh/sshd_config.d/10-sekisho.conf", "")
    report = made.examine()
    assert not ids(report), report["findings"]
    for account, why in ((ACCOUNT, "it is not there"), (ACCOUNT + OURS, "an expired password ends the stack before it")):
        made.write("etc/pam.d/common-account", account)
        assert ("sshd.no-code", "publickey") in found(made.examine()), why
    made.edit("etc/pam.d/sshd", "account required pam_nologin.so", OURS.strip())
    assert "sshd.no-code" not in ids(made.examine())


def sudo_doors_are_found():
    for text, id_, severity, line in (
            ("sato ALL=(ALL) NOPASSWD: ALL\n", "sudo.nopasswd", "open", 5),
            ("sato ALL=(ALL) \\\n  /bin/ls, NOPASSWD : /bin/cat\n", "sudo.nopasswd", "open", 5),
            ("root ALL=(ALL) NOPASSWD: ALL\n", None, "open", 0),
            ("# sato ALL=(ALL) NOPASSWD: ALL\n", None, "open", 0),
            ("#1000 ALL=(ALL) NOPASSWD: ALL\n", "sudo.nopasswd", "open", 5),
            ("Defaults:sato !authenticate\n", "sudo.not-authenticated", "open", 5),
            ("Defaults!/bin/ls ! authenticate\n", "sudo.not-authenticated", "open", 5),
            ("Defaults authenticate\n", None, "open", 0),
            ("Defaults exempt_group=sudo\n", "sudo.exempt-group", "open", 5),
            ("Defaults timestamp_timeout = -1\n", "sudo.remembers-forever", "open", 5),
            ("Defaults insults, timestamp_timeout=60\n", "sudo.remembers", "weak", 5),
            ("Defaults timestamp_type=global\n", "sudo.global", "weak", 5),
            ("Defaults !pam_acct_mgmt\n", "sudo.no-account", "weak", 5)):
        made = system()
        made.write("etc/sudoers", SUDOERS + text)
        report = made.examine()
        assert ids(report, severity) == ({id_} if id_ else set()), (text, report["findings"])
        assert not id_ or one(report, id_)["line"] == line, (text, report["findings"])
    made = system()
    made.write("etc/sudoers", SUDOERS + "#includedir sudoers.d\n")
    made.write("etc/sudoers.d/lab", "%lab ALL=(ALL) NOPASSWD: ALL\n")
    made.write("etc/sudoers.d/lab.bak", "%old ALL=(ALL) NOPASSWD: ALL\n")
    assert expect_only(made, "sudo.nopasswd", "%lab")["file"] == "/etc/sudoers.d/lab"
    made.write("etc/sudoers", SUDOERS.replace("Defaults timestamp_timeout=0\n", ""))
    assert "sudo.remembers-usual" in ids(made.examine(), "note")


def autologin_and_shells_are_found():
    unit = "etc/systemd/system/getty@tty1.service.d/override.conf"
    for name, text, id_, line in (
            ("etc/lightdm/lightdm.conf", "[Seat:*]\nautologin-user=sato\n", "display.autologin", 2),
            ("etc/lightdm/lightdm.conf.d/50.conf", "[SeatDefaults]\nautologin-guest = true\n", "display.autologin", 2),
            ("etc/gdm3/daemon.conf", "[daemon]\nAutomaticLoginEnable=True\nAutomaticLogin=sato\n", "display.autologin", 2),
            ("etc/gdm3/daemon.conf", "[daemon]\nTimedLoginEnable=true\n", "display.autologin", 2),
            ("etc/sddm.conf.d/a.conf", "[Autologin]\nUser=sato\n", "display.autologin", 2),
            (unit, "[Service]\nExecStart=\nExecStart=-/sbin/agetty --autologin sato %I\n", "getty.autologin", 3),
            (unit, "[Service]\nExecStart=-/sbin/agetty \\\n  -a sato tty1\n", "getty.autologin", 2),
            (unit, "[Service]\nExecStart=-/sbin/agetty -n -l /bin/bash tty1\n", "getty.other-program", 2),
            ("etc/systemd/system/rescue.service.d/x.conf", '[Service]\nEnvironment="SYSTEMD_SULOGIN_FORCE=1"\n',
             "rescue.forced", 2),
            ("etc/shadow", "root::20000::::::\n", "account.root-empty", 1),
            ("boot/grub/grub.cfg", "\tlinux /vmlinuz root=/dev/sda1 ro init=/bin/bash\n", "boot.shell", 1),
            ("etc/default/grub", 'GRUB_CMDLINE_LINUX="systemd.debug_shell=1"\n', "boot.shell", 1)):
        made = system()
        made.write(name, text)
        expect_only(made, id_, line=line)
    made = system()
    wants = made.root / "etc/systemd/system/sysinit.target.wants"
    wants.mkdir(parents=True)
    (wants / "debug-shell.service").symlink_to("/lib/systemd/system/debug-shell.service")
    expect_only(made, "units.debug-shell")
    made = system()
    made.write("etc/systemd/system/serial-getty@ttyS0.service", "[Service]\nExecStart=agetty -a root ttyS0\n")
    expect_only(made, "getty.autologin")
    (made.root / "etc/systemd/system/serial-getty@ttyS0.service").unlink()
    (made.root / "etc/systemd/system/getty@.service").symlink_to("/dev/null")
    made.write("usr/lib/systemd/system/getty@.service", "[Service]\nExecStart=agetty -a root tty1\n")
    report = made.examine()
    assert not ids(report) and not ids(report, "unchecked"), ("what is masked is not started", report["findings"])


def lesser_things_are_told_as_such():
    for name, text, id_ in (
            ("etc/shadow", "root:$y$x:1::::::\nsato::1::::::\n", "account.empty"),
            ("etc/passwd", "root:x:0:0::/:/bin/sh\ntoor:x:0:0::/:/bin/sh\n", "account.second-root"),
            ("etc/pam.d/xrdp", "auth required pam_sekisho.so collct\n" + INCLUDES, "pam.argument")):
        made = system()
        made.write(name, text)
        report = made.examine()
        assert ids(report, "weak") == {id_} and not ids(report), (id_, report["findings"])
    made = system()
    made.write("boot/grub/grub.cfg", "menuentry x {\n linux /vmlinuz ro\n}\n")
    assert "boot.unprotected" in ids(made.examine(), "note")


def people_read_it_in_their_language():
    made = system()
    made.edit("etc/pam.d/sudo", "@include common-auth", "auth sufficient pam_fprintd.so\n@include common-auth")
    made.write("etc/pam.d/\x1b[31mevil", "auth sufficient pam_u2f.so\n" + INCLUDES)
    made.write("etc/pam.d/again", "auth include inner\n" + INCLUDES)
    made.write("etc/pam.d/again\x1b[31m", "auth include inner\n" + INCLUDES)
    made.write("etc/pam.d/inner", "auth sufficient pam_x\x1b.so\n")
    english, japanese = made.run()[1], made.run(lang="ja_JP.UTF-8")[1]
    assert english.startswith("OPEN DOOR") and "\x1b" not in english + japanese, english
    assert "認証コードなしで" in japanese and "対処: " in japanese and "OPEN" not in japanese, japanese
    assert made.run("--json")[1].count('"id"') == made.run("--json", lang="ja_JP.UTF-8")[1].count('"id"')


def wrong_use_and_a_missing_root_are_no_answer():
    made = system()
    for words in (["--no-such"], ["surplus"], ["--root"], ["--root", "/nowhere"]):
        status, out, errors = made.run(*words)
        assert status == 2 and not out and errors, (words, status, out, errors)
    made.root = made.root / "etc/ssh"
    assert made.run()[0] == 2, "a folder that is no system"


TESTS = [
    a_guarded_system_has_no_open_door, without_the_profiles_one_sentence_says_it,
    a_help_desk_is_no_terminal_unless_guarded, each_profile_alone_is_told,
    what_stands_before_the_code_is_shown_module_by_module, stacks_that_miss_the_code_are_found,
    lockers_that_skip_account_are_judged_by_auth, pam_conf_counts_where_there_is_no_folder,
    what_cannot_be_understood_is_never_fine, includes_without_an_end_are_told, links_stay_below_the_root, sshd_doors_are_found,
    the_account_line_refuses_a_key_alone, sudo_doors_are_found, autologin_and_shells_are_found,
    lesser_things_are_told_as_such, people_read_it_in_their_language, wrong_use_and_a_missing_root_are_no_answer,
]

if __name__ == "__main__":
    sys.exit(run_each(TESTS))
