/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The words of registers, permits and the log in those of the process's language:
 * 貸出中, 未返却, 承認.  A word that is not known is shown as it is.
 */

#pragma once

/* Return: @word in words, or @word. */
const char *state_word(const char *word);
