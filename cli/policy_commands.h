/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What `sekisho policy` can do, one file per subcommand.  argv[0] is the
 * subcommand's own name; return as in cli/commands.h.
 */

#pragma once

struct err;

int policy_check(int argc, char *argv[], struct err *err);
int policy_diff(int argc, char *argv[], struct err *err);
int policy_explain_device(int argc, char *argv[], struct err *err);
int policy_generate(int argc, char *argv[], struct err *err);
int policy_impact(int argc, char *argv[], struct err *err);
int policy_install(int argc, char *argv[], struct err *err);
int policy_show(int argc, char *argv[], struct err *err);
int policy_sign(int argc, char *argv[], struct err *err);
