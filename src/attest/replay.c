/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attest/eventlog.h"

/* For a dynamic launch: all ones until there is one, which begins at zero
 * (PC Client Platform TPM Profile, 4.7). */
#define LAUNCH_FIRST	17
#define LAUNCH_LAST	22

bool
event_covers(const struct eventlog *log, const struct event *e, size_t bank)
{
	uint8_t digest[HASH_LEN_MAX];
	enum hash_alg hash;

	if (bank_hash(log->bank[bank].alg, &hash) != ERR_OK ||
	    hash_parts(hash, &e->data, 1, digest) != ERR_OK)
		return false;
	return span_equal(e->digest[bank], (struct span){ digest,
	    hash_len(hash) });
}

static bool
for_launch(uint32_t pcr)
{
	return pcr >= LAUNCH_FIRST && pcr <= LAUNCH_LAST;
}

enum err
eventlog_reset(const struct eventlog *log, uint16_t alg,
    struct eventlog_pcrs *out)
{
	enum hash_alg hash;

	TRY(bank_hash(alg, &hash));
	*out = (struct eventlog_pcrs){ .alg = alg, .len = hash_len(hash) };
	for (uint32_t i = LAUNCH_FIRST; i <= LAUNCH_LAST; i++)
		memset(out->value[i], 0xff, out->len);
	out->value[0][out->len - 1] = log->locality;
	return ERR_OK;
}

enum err
eventlog_extend(struct eventlog_pcrs *p, uint32_t pcr, struct span digest)
{
	const struct span parts[] = { { p->value[pcr], p->len }, digest };
	enum hash_alg hash;

	TRY(bank_hash(p->alg, &hash));
	if ((p->extended >> pcr & 1) == 0 && for_launch(pcr))
		memset(p->value[pcr], 0, p->len);
	p->extended |= 1U << pcr;
	return hash_parts(hash, parts, 2, p->value[pcr]);
}

enum err
eventlog_replay(const struct eventlog *log, uint16_t alg,
    struct eventlog_pcrs *out)
{
	const size_t bank = eventlog_bank(log, alg);
	struct event e = { .next = 0 };
	struct eventlog_pcrs p;

	if (bank == log->banks)
		return ERR_NOT_FOUND;
	TRY(eventlog_reset(log, alg, &p));
	while (eventlog_next(log, &e)) {
		if (!event_extends(&e))
			continue;
		if (e.digest[bank].len == 0)
			return ERR_NOT_FOUND;
		TRY(eventlog_extend(&p, e.pcr, e.digest[bank]));
	}
	*out = p;
	return ERR_OK;
}
