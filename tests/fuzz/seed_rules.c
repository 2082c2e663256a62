/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Texts of rules, for fuzz_rules (see there for the form). */

#include <stdio.h>

#include "tests/fuzz/seed.h"

#define DIGEST "000102030405060708090a0b0c0d0e0f" \
	"101112131415161718191a1b1c1d1e1f"

static const char *const texts[] = {
	"# all of them\n"
	"0 1 ordered digests " DIGEST " \"firmware\"\n"
	"4 0..1 anywhere digests " DIGEST " " DIGEST " \"one of two\" # why\n"
	"7 1 ordered data 00000000 \"separator\"\n"
	"8 1.. anywhere data \"linux /vmlinuz\" \"kernel\"\n"
	"8 2 ordered prefix \"root=UUID\" \"its disk\"\n"
	"7 1 ordered variable 8be4df61-93ca-11d2-aa0d-00e098032b8c "
	    "SecureBoot \"Secure Boot\"\n"
	"7 1 ordered variable 61dfe48bca93d211aa0d00e098032b8c4120 \"odd\"\n",
	"4 2..1 ordered data 00 \"never\"\n",
	"4 1 ordered type 4 \"none\"\n",
	"",
};

enum err
seed_all(const char *dir)
{
	static const uint8_t sha256[] = { 0x00, 0x0b };
	char name[16];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const struct span parts[] = { SPAN(sha256),
			span_text(texts[i]) };

		(void)!snprintf(name, sizeof(name), "%zu", i);
		TRY(seed_write(dir, name, "text", parts, 2));
	}
	return ERR_OK;
}
