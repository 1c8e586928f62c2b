/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What `sekisho permit` can do, one function per subcommand.  argv[0] is the
 * subcommand's own name; return as in cli/commands.h.
 */

#pragma once

struct err;

int permit_request(int argc, char *argv[], struct err *err);
int permit_vendor(int argc, char *argv[], struct err *err);
int permit_witness(int argc, char *argv[], struct err *err);
int permit_record(int argc, char *argv[], struct err *err);
int permit_list(int argc, char *argv[], struct err *err);
int permit_show(int argc, char *argv[], struct err *err);
int permit_grant(int argc, char *argv[], struct err *err);
int permit_desk_grant(int argc, char *argv[], struct err *err);
int permit_deny(int argc, char *argv[], struct err *err);
int permit_revoke(int argc, char *argv[], struct err *err);
int permit_close(int argc, char *argv[], struct err *err);
int permit_import(int argc, char *argv[], struct err *err);
int permit_sign(int argc, char *argv[], struct err *err);
int permit_check_file(int argc, char *argv[], struct err *err);
int permit_reconcile(int argc, char *argv[], struct err *err);
