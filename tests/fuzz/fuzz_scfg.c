/* SPDX-License-Identifier: Apache-2.0 */

#include <stdint.h>

#include "core/scfg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_scfg struct scfg_block *block = NULL;
	cleanup_diags struct diags diags = { 0 };

	(void)scfg_parse("f", (const char *)data, size, &block, &diags);
	return 0;
}
