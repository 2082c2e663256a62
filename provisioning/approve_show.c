/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "provisioning/approve.h"

/* TCG PC Client Platform Firmware Profile, 3.3.4. */
static const char *const meanings[TPM_PCRS] = {
	[0] = "firmware", [1] = "firmware's configuration",
	[2] = "option ROMs", [3] = "their configuration",
	[4] = "boot loader", [5] = "its configuration, partition table",
	[6] = "maker's own", [7] = "secure boot",
	[8] = "boot loader's commands", [9] = "kernel and initrd",
	[10] = "IMA", [11] = "unified kernel", [12] = "kernel command line",
	[14] = "shim's keys",
};

static void
put_hex(FILE *f, const uint8_t *at, size_t len)
{
	for (size_t i = 0; i < len; i++)
		fprintf(f, "%02x", at[i]);
}

/* A stranger's text: nothing that a terminal would act on. */
static void
put_text(FILE *f, const char *text)
{
	for (; *text != '\0'; text++)
		fputc(*text >= ' ' && *text <= '~' ? *text : '?', f);
}

static void
show_pcrs(FILE *f, const struct wish *w)
{
	for (unsigned i = 0; i < TPM_PCRS; i++) {
		if ((w->select.mask >> i & 1) == 0)
			continue;
		fprintf(f, "      PCR %-2u ", i);
		put_hex(f, w->value[i], POLICY_PCR_LEN);
		fprintf(f, "  %s\n", meanings[i] != NULL ? meanings[i] :
		    "the system's own use");
	}
}

static void
show_one(FILE *f, const struct wish *w, const struct approval *a)
{
	const unsigned long long v = (unsigned long long)a->a.version;

	switch (a->a.policy) {
	case TPM_POLICY_RAISE:
		fprintf(f, "  raise: the version goes from %llu to %llu, "
		    "once.%s\n", v, v + 1, v == 0 ? "" : " Every approval "
		    "of a\n    version up to this one is dead then.");
		return;
	case TPM_POLICY_UNSEAL:
		fprintf(f, "  unseal: the TPM gives the store key out while "
		    "its version is at most %llu%s", v,
		    a->a.cap == 0 ? ",\n    CAPPED BY NOTHING" : "");
		if (a->a.cap != 0)
			fprintf(f, ",\n    PCR %u is zero (nobody took it "
			    "out since the last reset)", a->a.cap);
		fprintf(f, " and\n");
		break;
	case TPM_POLICY_USE:
		fprintf(f, "  use: the TPM signs with the root key and steps "
		    "the epoch while its version\n    is at most %llu and\n",
		    v);
		break;
	}
	show_pcrs(f, w);
}

void
wish_show(FILE *f, const struct wish *w, const struct approvals *a)
{
	uint8_t thumbprint[32];

	if (w->issuer[0] != '\0') {
		fprintf(f, "Asked for by ");
		put_text(f, w->issuer);
	}
	if (w->has_appliance) {
		fprintf(f, ", whose root key is\n  ");
		put_hex(f, w->appliance, sizeof(w->appliance));
	} else if (w->issuer[0] != '\0') {
		fprintf(f, ", which has no root key yet");
	}
	if (w->issuer[0] != '\0')
		fprintf(f, ".\n");
	if (cose_key_thumbprint(&a->k, thumbprint) == ERR_OK) {
		fprintf(f, "To be signed by K, which is\n  ");
		put_hex(f, thumbprint, sizeof(thumbprint));
		fprintf(f, ":\n");
	}
	for (size_t i = 0; i < a->count; i++)
		show_one(f, w, &a->at[i]);
}
