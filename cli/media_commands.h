/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What `sekisho media` can do, one function per subcommand.  argv[0] is the
 * subcommand's own name; return as in cli/commands.h.
 */

#pragma once

struct err;

/* Acts at the agent. */
int media_register(int argc, char *argv[], struct err *err);
int media_lend(int argc, char *argv[], struct err *err);
int media_return(int argc, char *argv[], struct err *err);
int media_lost(int argc, char *argv[], struct err *err);
int media_found(int argc, char *argv[], struct err *err);
int media_missing(int argc, char *argv[], struct err *err);
int media_dispose(int argc, char *argv[], struct err *err);

/* The register as it stands here. */
int media_list(int argc, char *argv[], struct err *err);
int media_show(int argc, char *argv[], struct err *err);
int media_overdue(int argc, char *argv[], struct err *err);
int media_stocktake(int argc, char *argv[], struct err *err);
int media_incident(int argc, char *argv[], struct err *err);
