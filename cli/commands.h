/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What `sekisho` can do, one file per command.  argv[0] is the command's own
 * name.
 *
 * Return: the exit status (0 or more), or a negative errno with @err set,
 * which main() prints and turns into EXIT_FAILURE.
 */

#pragma once

struct err;

int cmd_devices(int argc, char *argv[], struct err *err);
int cmd_doctor(int argc, char *argv[], struct err *err);
int cmd_exception(int argc, char *argv[], struct err *err);
int cmd_key(int argc, char *argv[], struct err *err);
int cmd_log(int argc, char *argv[], struct err *err);
int cmd_media(int argc, char *argv[], struct err *err);
int cmd_medium(int argc, char *argv[], struct err *err);
int cmd_order(int argc, char *argv[], struct err *err);
int cmd_permit(int argc, char *argv[], struct err *err);
int cmd_policy(int argc, char *argv[], struct err *err);
int cmd_revoke(int argc, char *argv[], struct err *err);
int cmd_setup(int argc, char *argv[], struct err *err);
int cmd_status(int argc, char *argv[], struct err *err);
int cmd_token(int argc, char *argv[], struct err *err);
