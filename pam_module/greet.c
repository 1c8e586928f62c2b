/* SPDX-License-Identifier: Apache-2.0 */

#include "pam_module/greet.h"

#include <stdbool.h>
#include <time.h>

#define MINUTE_MAX 32 /* bytes with NUL */

/* In digits alone, which every console can show.  False where there is no such time. */
static bool minute_text(int64_t when_s, char ret[static MINUTE_MAX])
{
	time_t when = (time_t)when_s;
	struct tm tm;

	return when_s > 0 && localtime_r(&when, &tm) &&
	       strftime(ret, MINUTE_MAX, "%Y-%m-%d %H:%M", &tm) > 0;
}

static void greet_temporary(pam_handle_t *handle, const struct texts *texts,
			    const struct ipc_otp_answer *answer)
{
	char until[MINUTE_MAX];

	if (answer->uses < 2)
		return;
	if (answer->left == 0 || !minute_text((int64_t)time(NULL) + answer->left_sec, until))
		texts_say(texts, handle, PAM_TEXT_INFO,
			  N_("The temporary code is used up. Type ? for another."));
	else
		texts_say(texts, handle, PAM_TEXT_INFO,
			  N_("Temporary code: logons left: %u, until %s"), answer->left, until);
}

void greet(pam_handle_t *handle, const struct texts *texts, const struct ipc_otp_answer *answer)
{
	char last[MINUTE_MAX];

	if (answer->told) { /* nothing was asked of the tokens' state */
		greet_temporary(handle, texts, answer);
		return;
	}
	if (minute_text(answer->last_success_s, last))
		texts_say(texts, handle, PAM_TEXT_INFO, N_("Last logon: %s, failures since: %u"),
			  last, answer->failures);
	else
		texts_say(texts, handle, PAM_TEXT_INFO, N_("First logon here, failures before: %u"),
			  answer->failures);
	if (answer->failures > 0)
		texts_say(texts, handle, PAM_TEXT_INFO, N_("Not you? Call IT (ext. %s)."),
			  *texts->helpdesk ? texts->helpdesk : "-");
}
