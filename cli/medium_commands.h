/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What `sekisho medium` can do, one file per subcommand.  argv[0] is the
 * subcommand's own name; return as in cli/commands.h.
 */

#pragma once

struct err;

int medium_list(int argc, char *argv[], struct err *err);
int medium_eject(int argc, char *argv[], struct err *err);
int medium_unlock(int argc, char *argv[], struct err *err);
int medium_files(int argc, char *argv[], struct err *err);
int medium_watch(int argc, char *argv[], struct err *err);
