/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What `sekisho token` can do, one file per subcommand or kind of them.
 * argv[0] is the subcommand's own name; return as in cli/commands.h.
 */

#pragma once

struct err;

int token_enroll(int argc, char *argv[], struct err *err);
int token_import(int argc, char *argv[], struct err *err);
int token_assign(int argc, char *argv[], struct err *err);
int token_list(int argc, char *argv[], struct err *err);
int token_revoke(int argc, char *argv[], struct err *err);
int token_resync(int argc, char *argv[], struct err *err);
int token_unlock(int argc, char *argv[], struct err *err);
