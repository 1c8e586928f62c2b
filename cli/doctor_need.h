/* SPDX-License-Identifier: Apache-2.0 */

/* What is asked for at a service, for struct doctor. */

#pragma once

#include "doctor/doctor.h"

/**
 * doctor_need_here() - sekisho-otpd's answer, for nobody in particular
 * @ctx:	a bool, false at first: it has not answered once, and is asked no more
 *
 * Return: what it says; without an answer a code is required.
 */
struct doctor_asks doctor_need_here(void *ctx, const char *service);

/* What a system that does not run is judged by. */
struct doctor_asks doctor_need_required(void *ctx, const char *service);
