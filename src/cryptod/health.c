/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cryptod/health.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "cryptod/cryptod.h"
#include "cryptod/options.h"

/* It is asked again after so long. */
#define ASK_EVERY_MS 60000

enum err
health_ask(struct cryptod *d)
{
	const uint64_t now = clock_now().boot_ms;
	struct health *h = &d->side.health;
	struct tpm_info info;

	if (h->known && now - h->at_ms < ASK_EVERY_MS)
		return ERR_OK;
	TRY(tpm_info(d->root.tpm, &info));
	*h = (struct health){
		.known = true,
		.at_ms = now,
		.failures = info.failures,
		.failures_max = info.failures_max,
		.objects = info.objects,
		.sessions = info.sessions,
		.shared = info.shared,
	};
	return ERR_OK;
}

bool
health_near_lockout(const struct health *h)
{
	return h->known && h->failures_max > 0 &&
	    h->failures >= (h->failures_max + 1) / 2;
}

/* A TPM has room for three of each, as a rule, and we need two.  Ours were
 * gone when it was asked. */
bool
health_crowded(const struct health *h)
{
	return h->known && !h->shared && (h->objects > 1 || h->sessions > 1);
}

[[gnu::format(printf, 2, 3)]] static void
say(struct health_text *out, const char *words, ...)
{
	va_list args;

	if (out->n == HEALTH_LINES)
		return;
	va_start(args, words);
	vsnprintf(out->at[out->n], sizeof(out->at[0]), words, args);
	va_end(args);
	out->line[out->n] = span_text(out->at[out->n]);
	out->n++;
}

void
health_say(const struct cryptod *d, struct health_text *out)
{
	const struct health *h = &d->side.health;

	out->n = 0;
	if (d->state == SERVING) {
		say(out, "approved up to version: %" PRIu64,
		    d->root.use.version);
		say(out, "version in the TPM: %" PRIu64, d->root.version);
		say(out, "resets: %" PRIu32, d->side.seen.resets);
	}
	if (!h->known)
		return;
	say(out, "wrong authorisations counted: %" PRIu32 " of %" PRIu32,
	    h->failures, h->failures_max);
	say(out, "objects in use: %" PRIu32, h->objects);
	say(out, "sessions in use: %" PRIu32, h->sessions);
}
