/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attest/predict.h"

enum way { AS_IT_IS, AS_PROGRAM, BY_SECTION };

static enum err
find_section(struct span file, struct span name, struct pe_section *out)
{
	for (size_t i = 0; i < PE_SECTIONS_MAX; i++) {
		if (pe_section(file, i, out) != ERR_OK)
			break;
		if (span_equal(out->name, name))
			return ERR_OK;
	}
	return ERR_MALFORMED;
}

/* Everything that the old file can have been measured as. */
static enum err
prepare(struct predict_swap *s, enum hash_alg hash)
{
	struct pe_section section;

	memset(s->old, 0, sizeof(s->old));
	s->met = 0;
	TRY(hash_parts(hash, &s->was, 1, s->old[AS_IT_IS].at));
	s->old[AS_IT_IS].len = hash_len(hash);
	if (pe_digest(s->was, hash, s->old[AS_PROGRAM].at) != ERR_OK)
		return ERR_OK;
	s->old[AS_PROGRAM].len = hash_len(hash);
	for (size_t i = 0; i < PE_SECTIONS_MAX; i++) {
		if (pe_section(s->was, i, &section) != ERR_OK)
			break;
		if (section.data.len == 0)
			continue;
		TRY(hash_parts(hash, &section.data, 1,
		    s->old[BY_SECTION + i].at));
		s->old[BY_SECTION + i].len = hash_len(hash);
	}
	return ERR_OK;
}

/* What the new file is measured as in the same way. */
static enum err
measure(const struct predict_swap *s, size_t way, enum hash_alg hash,
    uint8_t *out)
{
	struct pe_section was, now;

	if (way == AS_IT_IS)
		return hash_parts(hash, &s->now, 1, out);
	if (way == AS_PROGRAM)
		return pe_digest(s->now, hash, out);
	TRY(pe_section(s->was, way - BY_SECTION, &was));
	TRY(find_section(s->now, was.name, &now));
	return hash_parts(hash, &now.data, 1, out);
}

/* Does the old file have this digest in that way? */
static bool
was_so(const struct predict_swap *s, size_t way, struct span digest)
{
	return span_equal(digest, (struct span){ s->old[way].at,
	    s->old[way].len });
}

/* One digest that two parts of the old files have, and that the new ones have
 * two of: nobody knows which of them was measured. */
static enum err
is_one_thing(const struct predict_swap *swaps, size_t n, enum hash_alg hash,
    struct span digest, struct span made)
{
	uint8_t other[HASH_LEN_MAX];

	for (size_t i = 0; i < n; i++)
		for (size_t way = 0; way < PREDICT_WAYS; way++) {
			if (!was_so(&swaps[i], way, digest))
				continue;
			TRY(measure(&swaps[i], way, hash, other));
			if (!span_equal((struct span){ other, made.len },
			    made))
				return ERR_STATE;
		}
	return ERR_OK;
}

/* The digest that stands in place of this one, which may be itself. */
static enum err
replace(struct predict_swap *swaps, size_t n, enum hash_alg hash,
    struct span digest, uint8_t *out)
{
	memcpy(out, digest.at, digest.len);
	for (size_t i = 0; i < n; i++)
		for (size_t way = 0; way < PREDICT_WAYS; way++) {
			if (!was_so(&swaps[i], way, digest))
				continue;
			swaps[i].met++;
			TRY(measure(&swaps[i], way, hash, out));
			return is_one_thing(swaps, n, hash, digest,
			    (struct span){ out, digest.len });
		}
	return ERR_OK;
}

enum err
eventlog_predict(const struct eventlog *log, uint16_t alg,
    struct predict_swap *swaps, size_t n, struct eventlog_pcrs *out)
{
	const size_t bank = eventlog_bank(log, alg);
	struct event e = { .next = 0 };
	uint8_t digest[HASH_LEN_MAX];
	struct eventlog_pcrs p;
	enum hash_alg hash;

	TRY(eventlog_replay(log, alg, &p));
	TRY(bank_hash(alg, &hash));
	for (size_t i = 0; i < n; i++)
		TRY(prepare(&swaps[i], hash));
	TRY(eventlog_reset(log, alg, &p));
	while (eventlog_next(log, &e)) {
		if (!event_extends(&e))
			continue;
		TRY(replace(swaps, n, hash, e.digest[bank], digest));
		TRY(eventlog_extend(&p, e.pcr, (struct span){ digest,
		    p.len }));
	}
	*out = p;
	return ERR_OK;
}
