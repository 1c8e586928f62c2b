/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What `sekisho media` does with files, one function per subcommand; works
 * anywhere, without the agent.  argv[0] is the subcommand's own name; return as in
 * cli/commands.h.
 */

#pragma once

struct err;

int media_check(int argc, char *argv[], struct err *err);
int media_sign(int argc, char *argv[], struct err *err);
int media_install(int argc, char *argv[], struct err *err);
int media_import(int argc, char *argv[], struct err *err);
int media_export(int argc, char *argv[], struct err *err);
