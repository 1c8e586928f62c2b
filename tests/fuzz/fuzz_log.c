/* SPDX-License-Identifier: Apache-2.0 */

#include <fcntl.h>
#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "audit/verify.h"
#include "core/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The heads of corpus/log/small, which the keys that this name pins have signed. */
static const char name[] = "sekisho.local/t/test/83e5fcc520cfb88407bf368bc5a6726c";
static const char *const roots[] = {
	"9uERSqxSV7bl5sK6Z5N5y3lmXore/HteMWjmds07tDY=",
	"rIetDBiDoLcbfVm+PcNgAT65p4wwgO34esux6zVYddM=",
	"IdLkt9umBlMGsszVDVRXxVKpjdaspcH8KleyE9Ltl/Y=",
	"UHOlycPvW2jfekVihZ/yAwLEYVDf1GNgijwYGEiCIBI=",
	"tGx0cAFQo5Jg3EucR4VPa2uJkpJJi0FdzIcr7PaOFFI=",
};

static int is_signed(const uint8_t root[TREE_HASH_SIZE])
{
	char text[NOTE_HASH_TEXT];

	(void)sodium_bin2base64(text, sizeof(text), root, TREE_HASH_SIZE,
				sodium_base64_VARIANT_ORIGINAL);
	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
		if (strcmp(roots[i], text) == 0)
			return 1;
	}
	return 0;
}

/* A segment from nowhere: only what was signed is proven, and without a key nothing. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t public[NOTE_PUBLIC_SIZE] = { 0x58 };
	static int fd = -1;
	struct verify_result result = { 0 };
	struct note_key key;
	struct err err = { 0 };

	if (fd < 0)
		fd = memfd_create("log", MFD_CLOEXEC);
	if (ftruncate(fd, 0) < 0 || pwrite(fd, data, size, 0) != (ssize_t)size ||
	    note_key_init(&key, name, public, &err) < 0)
		abort();
	(void)lseek(fd, 0, SEEK_SET);
	if (verify_segment(fd, &key, &result, &err) == 0 && result.proven_end > result.first &&
	    !is_signed(result.newest.root))
		abort();
	(void)lseek(fd, 0, SEEK_SET);
	if (verify_segment(fd, NULL, &result, &err) == 0 && result.outcome == VERIFY_PROVEN)
		abort();
	return 0;
}
